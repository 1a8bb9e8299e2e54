"""How things change over a log, kept so that any moment is found at once: of each thing the events at which it changed,
and views that show what all of them were at one moment.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Mapping, Set
from typing import Any, Generic, TypeAlias, TypeVar

from engine.document.loops import Turn

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
GONE: Any = object()
Track: TypeAlias = tuple[list[int], list[Any]]
"""How one thing changed: at which events, and what it was from then on."""
Tracks: TypeAlias = dict[K, Track]


def write(tracks: Tracks[K], key: K, index: int, value: object) -> None:
    track = tracks.get(key)
    if track is None:
        track = tracks[key] = ([], [])
    track[0].append(index)
    track[1].append(value)


class Shown(Mapping[K, V], Generic[K, V]):
    """Tracks as they stand after the first `end` events."""

    __slots__ = ("_end", "_tracks", "_whole")

    def __init__(self, tracks: Tracks[K], end: int) -> None:
        self._tracks, self._end = tracks, end
        self._whole: dict[K, V] | None = None

    def __getitem__(self, key: K) -> V:
        numbers, values = self._tracks[key]
        place = bisect_left(numbers, self._end)
        if not place or values[place - 1] is GONE:
            raise KeyError(key)
        value: V = values[place - 1]
        return value

    def get(self, key: K, default: Any = None) -> Any:  # the commonest question, without an exception
        track = self._tracks.get(key)
        if track is None:
            return default
        place = bisect_left(track[0], self._end)
        value = track[1][place - 1] if place else GONE
        return default if value is GONE else value

    def __contains__(self, key: object) -> bool:
        return self.get(key, GONE) is not GONE  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[K]:
        if self._whole is None:
            self._whole = {key: value for key in self._tracks if (value := self.get(key, GONE)) is not GONE}
        return iter(self._whole)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class PerTurn(Mapping[tuple[K, Turn], V], Generic[K, V]):
    """The same tracks, told apart by the turn of the event: read the first time that somebody asks for a key."""

    __slots__ = ("_end", "_known", "_tracks", "_turn_of")

    def __init__(
        self, tracks: Tracks[K], end: int, turn_of: Callable[[int], Turn], known: dict[K, Tracks[Turn]]
    ) -> None:
        self._tracks, self._end, self._turn_of, self._known = tracks, end, turn_of, known

    def _by_turn(self, key: K) -> Tracks[Turn]:
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = {}
            for index, value in zip(*self._tracks.get(key, ((), ())), strict=True):
                write(found, self._turn_of(index), index, value)
        return found

    def __getitem__(self, place: tuple[K, Turn]) -> V:
        key, turn = place
        return Shown[Turn, V](self._by_turn(key), self._end)[turn]

    def __iter__(self) -> Iterator[tuple[K, Turn]]:
        return ((key, turn) for key in self._tracks for turn in Shown[Turn, V](self._by_turn(key), self._end))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Since(Set[K]):
    """What has come once and stays, by the event that brought it."""

    __slots__ = ("_end", "_first")

    def __init__(self, first: dict[K, int], end: int) -> None:
        self._first, self._end = first, end

    def __contains__(self, key: object) -> bool:
        return self._first.get(key, self._end) < self._end  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[K]:
        return (key for key, index in self._first.items() if index < self._end)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @classmethod
    def _from_iterable(cls, keys: Any) -> Any:
        return frozenset(keys)
