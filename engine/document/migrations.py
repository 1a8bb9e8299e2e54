"""Files of older versions, brought up to this one.

``MIGRATIONS[n]`` takes the plain JSON object of a file of version n and returns that of version n + 1. A
step knows nothing but JSON, so that it stays true however the records change. Every version that was ever
released keeps a file in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

VERSION = 1

Migration: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]

MIGRATIONS: Mapping[int, Migration] = {}


def migrate(
    file: dict[str, Any], version: int, to: int = VERSION, migrations: Mapping[int, Migration] = MIGRATIONS
) -> dict[str, Any]:
    """The object of a file of ``version`` as a file of version ``to`` would have it."""
    for step in range(version, to):
        file = {**migrations[step](file), "version": step + 1}
    return file
