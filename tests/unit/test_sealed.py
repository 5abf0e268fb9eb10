"""A sealed file gives back exactly what went in, or nothing."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from jiebang.backup import Damaged
from jiebang.backup.sealed import CHUNK, opened, seal

if TYPE_CHECKING:
    from pathlib import Path

KEY = secrets.token_bytes(32)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_goes_in_comes_out(tmp_path: Path, size: int) -> None:
    body = secrets.token_bytes(size)
    seal(KEY, "a", [body[:7], body[7:]], tmp_path / "a")
    assert b"".join(opened(KEY, "a", tmp_path / "a")) == body
    assert body[:64] not in (tmp_path / "a").read_bytes() or size < 8
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def _flip(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


@pytest.mark.parametrize(
    "harm",
    [
        lambda raw: _flip(raw, 0),
        lambda raw: _flip(raw, 9),
        lambda raw: _flip(raw, 40),
        lambda raw: _flip(raw, len(raw) - 1),
        lambda raw: raw[: 20 + CHUNK + 16],  # a whole number of chunks is left
        lambda raw: raw[:-1],
        lambda raw: raw[:20],
        lambda raw: raw + b"x",
        lambda raw: raw[:20] + raw[20 + CHUNK + 16 : 20 + 2 * (CHUNK + 16)] + raw[20 : 20 + CHUNK + 16] + raw[20 + 2 * (CHUNK + 16) :],
    ],
)  # fmt: skip
def test_no_harm_passes(tmp_path: Path, harm) -> None:
    path = tmp_path / "a"
    seal(KEY, "a", [secrets.token_bytes(2 * CHUNK + 5)], path)
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(Damaged):
        list(opened(KEY, "a", path))


def test_another_key_and_another_name_open_nothing(tmp_path: Path) -> None:
    seal(KEY, "a", [b"text"], tmp_path / "a")
    for key, name in ((secrets.token_bytes(32), "a"), (KEY, "b")):
        with pytest.raises(Damaged):
            list(opened(key, name, tmp_path / "a"))
