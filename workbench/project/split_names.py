"""What the split is called that a run was trained with, also after another one took its place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

EARLIER = "earlier-"
"""With this begins the name of a split in whose place there is another one."""


def split_name(said: Any, run: Path) -> str:
    """The name of a run's split, by what its configuration has ``said``.

    Where the samples were split again since, it is what the split before is called now: a model is
    not judged by what it has learned.
    """
    name = said.get("name") if isinstance(said, Mapping) else said
    name = name if isinstance(name, str) and name else "default"
    kept = sorted((run / "splits").glob(f"{EARLIER}*.json")) if name == "default" else []
    return kept[0].stem if kept else name


def unused_name(known: Collection[str]) -> str:
    """A name for a split that another one takes the place of; none of the ``known``."""
    number = 1
    while f"{EARLIER}{number}" in known:
        number += 1
    return f"{EARLIER}{number}"
