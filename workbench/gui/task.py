"""What a project is about: images or sounds."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.formats.image_info import IMAGE_SUFFIXES

if TYPE_CHECKING:
    from workbench.project.session import Session

DETECTION, SOUNDS = "detection", "audio-classification"

_PEEK = 300  # entries looked at; listing a folder of 100,000 would delay the first image
_OURS = frozenset({"", ".xml", ".toml", ".txt", ".md"})


def task_of(session: Session | None) -> str:
    """The task of a project: what its manifest says, or else what is in it.

    A project is about sounds where it has some and no labelled image. While the folder is still
    being looked through, its first entries decide; this costs an image folder one short listing.
    """
    if session is None:
        return DETECTION
    if session.manifest.task == SOUNDS:
        return SOUNDS
    index = session.index
    if len(index) and (index.scanning or index.summarizing or index.class_counts()):
        return DETECTION
    if index.scanning or len(index):
        return SOUNDS if begins_with_sounds(session.folder) else DETECTION
    return SOUNDS if _has_sounds(session.folder) else DETECTION


def begins_with_sounds(folder: Path) -> bool:
    """Whether there is a sound and no image among the first entries of a folder."""
    try:
        with os.scandir(folder) as entries:
            suffixes = {Path(entry.name).suffix.lower() for entry in islice(entries, _PEEK)}
    except OSError:
        return False  # told by the scan, which meets it again
    others = suffixes - _OURS
    return not others & IMAGE_SUFFIXES and any(is_sound(Path(f"x{item}")) for item in others)


def is_sound(path: Path) -> bool:
    """Whether a file is a sound by its name."""
    suffix = path.suffix.lower()
    if suffix in IMAGE_SUFFIXES:
        return False
    from workbench.project.sounds import SUFFIXES  # what image projects never need

    return suffix in SUFFIXES


def _has_sounds(folder: Path) -> bool:
    from workbench.project.sounds import find_sounds

    return next(iter(find_sounds(folder)), None) is not None
