"""What a project is about: images or sounds. One rule for the window, the shell and the engine.

1. What ``workbench.toml`` says, where it can be: a project that says "detection" and holds sounds
   but no image was written by an old version, which said so unasked.
2. Labelled images: it is about images.
3. No images: it is about sounds, if there are any.
4. Images without a label, beside sounds that have labels: about these sounds. Else about the
   images.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.media.sounds.suffixes import SUFFIXES as SOUND_SUFFIXES

DETECTION, SOUNDS = "detection", "audio-classification"

_PEEK = 300  # entries looked at beside images; walking a folder of 100,000 would be felt
_OURS = frozenset({"", ".xml", ".toml", ".txt", ".md"})


def decide_task(folder: Path, said: str, *, images: int, labelled: int) -> str:
    """Apply the rule.

    Parameters
    ----------
    folder
        The project's; it is looked into for sounds only where that matters.
    said
        The manifest's task, "" for none.
    images, labelled
        Number of images, and of those with labels.

    Returns
    -------
    str
        :data:`DETECTION` or :data:`SOUNDS`.
    """
    if said == SOUNDS:
        return SOUNDS
    if labelled or (said == DETECTION and images):
        return DETECTION
    if not images:
        return SOUNDS if _has_sounds(folder) else DETECTION
    return SOUNDS if _labelled_nearby(folder) else DETECTION


def task_of_folder(folder: Path) -> str:
    """The task of a project that is not open in a window."""
    from workbench.project.datasets.labelled import Labelled
    from workbench.project.manifest import Manifest

    manifest = Manifest.load(folder)
    if manifest.task == SOUNDS:
        return SOUNDS
    found = Labelled(folder, manifest)
    return decide_task(folder, manifest.task, images=len(found.keys),
                       labelled=len(found.labelled))


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
    return path.suffix.lower() in SOUND_SUFFIXES


def sounds_nearby(folder: Path) -> list[str]:
    """Sounds among the first entries of a folder and of its ``audio``, as posix paths."""
    return [*_sounds_in(folder, ""), *_sounds_in(folder / "audio", "audio/")]


def _sounds_in(folder: Path, prefix: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, _PEEK)]
    except OSError:
        return  # not there; one that may not be looked into is told by the scan
    yield from sorted(prefix + name for name in names
                      if not name.startswith(".") and is_sound(Path(name)))


def _labelled_nearby(folder: Path) -> bool:
    keys = sounds_nearby(folder)
    if not keys:
        return False
    from workbench.project.library.clip_labels import SoundSettings
    from workbench.project.library.clips import find_table
    from workbench.project.library.label_sources import recognised_settings
    from workbench.project.manifest import Manifest

    return (bool(Manifest.load(folder).sounds)
            or recognised_settings(folder, keys) != SoundSettings()
            or any(find_table(folder / key)[1] is not None for key in keys))


def _has_sounds(folder: Path) -> bool:
    from workbench.project.library.clips import find_sounds

    return next(iter(find_sounds(folder)), None) is not None


def left_out_words(task: str, *, images: int, sounds: int) -> str:
    """What is said where a project holds both kinds and only one is learned from; else ""."""
    if task == SOUNDS and images:
        many = "image is" if images == 1 else "images are"
        return f"There are sounds and images here: the {images:,} {many} left out."
    if task == DETECTION and images and sounds:
        return "There are images and sounds here: the sounds are left out."
    return ""


def left_out_in(folder: Path, task: str) -> str:
    """:func:`left_out_words` of a project that is not open in a window."""
    from workbench.project.datasets.labelled import Labelled

    sounds = len(sounds_nearby(folder))
    if task == DETECTION and not sounds:
        return ""
    return left_out_words(task, images=len(Labelled(folder).keys), sounds=sounds)
