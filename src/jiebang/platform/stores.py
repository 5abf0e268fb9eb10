"""The process's one storage client: the composition root opens it, services ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jiebang.platform.storage import Storage

_open: list[Storage] = []


def use(storage: Storage) -> None:
    """Take this client from now on."""
    _open[:] = [storage]


def storage() -> Storage:
    """The process's client.

    Raises:
        RuntimeError: the composition root opened none.
    """
    if not _open:
        raise RuntimeError("no storage is open in this process")
    return _open[0]
