"""What a project is about: one rule for the window, the shell and the engine.

A task is about one medium, images or sounds. The task that ``workbench.toml`` names is taken where
it is registered and the project has its medium; else the medium that is found decides, and of it
the task that was registered first.

1. A task of sounds that is named is taken.
2. Labelled images, or images and a named task of them: it is about images.
3. Images without a box, no named task, and labels that another task of images recognises: it is
   about that task.
4. No images: it is about sounds, if there are any. (A project that names a task of images and holds
   sounds but no image was written by an old version, which did so unasked.)
5. Images without a label, beside sounds that have labels: about these sounds. Else about the
   images.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from workbench.core.video import VIDEO_SUFFIXES
from workbench.extension.registry import load
from workbench.extension.tasks import register_bundled, tasks
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.media.sounds.suffixes import SUFFIXES as SOUND_SUFFIXES

_PEEK = 300  # entries looked at beside images; walking a folder of 100,000 would be felt
_OURS = frozenset({"", ".xml", ".toml", ".txt", ".md"})


def default_task(medium: str = "images") -> str:
    """Id of the task of a medium that is taken where none is named."""
    register_bundled()
    return next(task.id for task in tasks if task.medium == medium)


def medium_of(task: str) -> str:
    """ "images" or "sounds"; "" for a task that is not registered."""
    register_bundled()
    return tasks.get(task).medium if task in tasks else ""


def decide_task(folder: Path, named: str, *, images: int, labelled: int,
                recognise: Callable[[Path], str] | None = None) -> str:
    """Apply the rule.

    Parameters
    ----------
    folder
        The project's; it is looked into for sounds only where that matters.
    named
        The manifest's task, "" for none.
    images, labelled
        Number of images, and of those with labels.
    recognise
        Remembers what :func:`recognised_task` found, which is called where it is None.

    Returns
    -------
    str
        Id of a registered task.
    """
    medium = medium_of(named)
    if medium == "sounds":
        return named
    if not named and images and not labelled and (
            found := (recognise or recognised_task)(folder)):
        return found
    if images and not labelled and not medium and _labelled_nearby(folder):
        return default_task("sounds")
    if not images and not labelled:
        from workbench.project.library.clips import has_sounds

        if has_sounds(folder):
            return default_task("sounds")
    return named if medium else default_task()


def recognised_task(folder: Path) -> str:
    """Id of the task of images whose labels a folder without boxes holds, by a few quick looks; ""
    for none."""
    register_bundled()
    return next((task.id for task in tasks if task.medium == "images" and task.recognise
                 and load(task.recognise)(folder)), "")


def has_other_labels(folder: Path, task: str) -> bool:
    """Whether ``task`` is about classes of whole images, and ``folder`` has files with objects."""
    from workbench.project.datasets.labelled import LabelledFolder

    register_bundled()
    return (task in tasks and tasks.get(task).medium == "images"
            and bool(tasks.get(task).whole_labels) and bool(LabelledFolder(folder).labelled))


def task_of_folder(folder: Path) -> str:
    """The task of a project that is not open in a window."""
    from workbench.project.datasets.labelled import LabelledFolder
    from workbench.project.manifest import Manifest

    manifest = Manifest.load(folder)
    if medium_of(manifest.task) == "sounds":
        return manifest.task
    found = LabelledFolder(folder, manifest)
    return decide_task(folder, manifest.task, images=len(found.keys), labelled=len(found.labelled))


def begins_with_sounds(folder: Path) -> bool:
    """Whether there is a sound and no image among the first entries of a folder."""
    try:
        with os.scandir(folder) as entries:
            suffixes = {Path(entry.name).suffix.lower() for entry in islice(entries, _PEEK)}
    except OSError:
        return False  # reported by the scan, which meets it again
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
        return  # not there; one that may not be looked into is reported by the scan
    yield from sorted(prefix + name for name in names
                      if not name.startswith(".") and _suffix(name) in SOUND_SUFFIXES)


def _suffix(name: str) -> str:
    """That of a file, in small letters; a ``Path`` of each name would be felt at the start."""
    return "".join(name.rpartition(".")[1:]).lower()


def has_videos(folder: Path) -> bool:
    """Whether there is a video among the first entries of a folder and of its ``videos``."""
    for place in (folder, folder / "videos"):
        try:
            with os.scandir(place) as entries:
                if any(_suffix(entry.name) in VIDEO_SUFFIXES and not entry.name.startswith(".")
                       for entry in islice(entries, _PEEK)):
                    return True
        except OSError:
            continue  # not there, or reported by the scan
    return False


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


def left_out_text(task: str, *, images: int, sounds: int) -> str:
    """What is said where a project holds both kinds and only one is learned from; else ""."""
    if medium_of(task) == "sounds" and images:
        many = "image is" if images == 1 else "images are"
        return f"There are sounds and images here: the {images:,} {many} left out."
    if medium_of(task) == "images" and images and sounds:
        return "There are images and sounds here: the sounds are left out."
    return ""


def left_out_in(folder: Path, task: str) -> str:
    """:func:`left_out_text` of a project that is not open in a window."""
    from workbench.project.datasets.labelled import LabelledFolder

    sounds = len(sounds_nearby(folder))
    if medium_of(task) == "images" and not sounds:
        return ""
    return left_out_text(task, images=len(LabelledFolder(folder).keys), sounds=sounds)
