"""Fields, tracks and directions as versioned data: every level of government has another list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jiebang.kernel.text import BilingualText

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Direction:
    """技术方向, within its track. `code` is `<track>.<two digits>`."""

    code: str
    number: int
    name: BilingualText


@dataclass(frozen=True, slots=True)
class Track:
    """赛道. `gate_flags` name the extra checks that its topics need, such as `export_control` or `ethics`."""

    code: str
    name: BilingualText
    section: str
    gate_flags: tuple[str, ...]
    directions: tuple[Direction, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of tracks. `section` is the place in the source."""

    code: str
    name: BilingualText
    section: str
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """One version of one issuer's list, with its source."""

    version: str
    source: str
    fields: tuple[Field, ...]

    @property
    def tracks(self) -> Iterator[Track]:
        """Every track, in the order of the source."""
        return (track for field in self.fields for track in field.tracks)

    @property
    def directions(self) -> Iterator[Direction]:
        """Every direction, in the order of the source."""
        return (direction for track in self.tracks for direction in track.directions)


def parse_taxonomy(payload: Mapping[str, Any]) -> Taxonomy:
    """Read the JSON form (`data/taxonomy.json`).

    Raises KeyError for a missing entry and ValueError for a name missing in one language, a code that is used
    twice, an empty branch, or directions that are not numbered from 1.
    """
    fields = tuple(
        Field(
            code=field["code"],
            name=_name(field),
            section=field["section"],
            tracks=tuple(_track(track) for track in field["tracks"]),
        )
        for field in payload["fields"]
    )
    taxonomy = Taxonomy(payload["version"], payload["source"], fields)
    _unique("field", (field.code for field in fields))
    _unique("track", (track.code for track in taxonomy.tracks))
    if not fields or any(not field.tracks for field in fields):
        raise ValueError("a taxonomy has fields and a field has tracks")
    return taxonomy


def _track(track: Mapping[str, Any]) -> Track:
    directions = tuple(
        Direction(f"{track['code']}.{entry['n']:02}", entry["n"], _name(entry)) for entry in track["directions"]
    )
    if not directions or [direction.number for direction in directions] != list(range(1, len(directions) + 1)):
        raise ValueError(f"{track['code']}: the directions are numbered from 1 without a gap")
    return Track(track["code"], _name(track), track["section"], tuple(track["gate_flags"]), directions)


def _name(entry: Mapping[str, Any]) -> BilingualText:
    name = BilingualText(zh=entry["zh"], en=entry["en"])
    if name.missing():
        raise ValueError(f"{name.zh or name.en}: a name in both languages is needed")
    return name


def _unique(what: str, codes: Iterable[str]) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise ValueError(f"the {what} {code} is there twice")
        seen.add(code)
