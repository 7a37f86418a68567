"""What an import would take of a folder: its images, labels and splits. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from workbench.core.errors import UsageError
from workbench.core.paths import is_file, is_folder
from workbench.media.sounds.suffixes import TAKEN
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.datasets.splits import (
    PARTS,
    Split,
    image_sets_doubt,
    list_splits,
    load_split,
    split_from_folders,
    split_from_image_sets,
)
from workbench.project.imports.skipped_files import find_skipped_files, skipped_text
from workbench.project.manifest import Manifest


def open_source(src: Path, follow: bool) -> LabelledFolder:
    """The images of a source; UsageError where they lie outside and nobody said to go there."""
    folder = voc_root(src)
    manifest = Manifest.load(folder)
    out = manifest.outside(folder)
    if out and not follow:
        raise UsageError(
            f"its images or annotations lie outside it ({', '.join(out)}): import that folder, "
            "or say --follow to take them from there", path=folder)
    return LabelledFolder(folder, manifest, to_import=True, follow=follow)


def is_sound_folder(source: LabelledFolder, folder: Path) -> bool:
    """Whether it is a folder of sounds with some pictures in it."""
    from workbench.project.library.clips import find_sounds

    return not source.labelled and sum(
        1 for _ in find_sounds(folder, suffixes=TAKEN)) > len(source.all_keys)


def no_labels_text(src: Path, format: str | None) -> str:
    """Why there is nothing to import, with what lies there instead."""
    what = {"voc": "images", "sounds": "sounds"}.get(format or "", "images and no sounds")
    text = f"there are no {what} in this folder"
    left = [item for item in find_skipped_files(src, (), what) if item.kind != "other"]
    return f"{text}. {' '.join(skipped_text(left))}".rstrip(". ") if left else text


def voc_root(folder: Path) -> Path:
    """The one folder with ``JPEGImages`` in ``folder`` (VOCdevkit/VOC2012), else ``folder``."""
    if _is_root(folder):
        return folder
    try:
        found = sorted({path.parent for pattern in ("*/JPEGImages", "*/*/JPEGImages")
                        for path in folder.glob(pattern) if is_folder(path)})
    except OSError:
        return folder  # reported by the scan, which meets it again
    return found[0] if len(found) == 1 else folder


def _is_root(folder: Path) -> bool:
    return is_file(folder / "workbench.toml") or is_folder(folder / "JPEGImages")


def published_splits(source: LabelledFolder) -> dict[str, Split]:
    """The splits that a source brings: "lists" (its own split, or ImageSets/Main), "folders"; best
    first."""
    own = "default" in list_splits(source.folder)
    found = {
        "lists": load_split(source.folder) if own
        else split_from_image_sets(source.folder, source.labelled),
        "folders": split_from_folders(source.labelled, source.manifest.images),
    }
    lists, folders = found["lists"], found["folders"]
    if lists is not None and folders is not None and all(
            set(lists.members(part)) == set(folders.members(part)) for part in PARTS):
        found["folders"] = None  # the same is no choice
    return {name: split for name, split in found.items() if split is not None}


def automatic_split(found: Mapping[str, Split], project: Path) -> str:
    """Which of the splits is taken where nobody says: the best, but "random" for a new project
    where that leaves nothing to learn from or holds nothing back, as a data.yaml does that names
    the same folder for train and val."""
    name, split = next(iter(found.items()), ("random", None))
    whole = split is None or (split.train and (split.val or split.test))
    return name if whole or is_file(project / "splits" / "default.json") else "random"


def split_messages(found: Mapping[str, Split], wanted: str, folder: Path) -> Iterator[str]:
    """Which split is used, with its counts, and which others could be."""
    if "lists" not in found and (doubt := image_sets_doubt(folder)):
        yield doubt
    used = wanted if wanted != "auto" else next(iter(found), "random")
    if used in found:
        yield f"The split comes from {found[used].origin} ({split_counts(found[used])})."
    for name, split in found.items():
        if name != used:
            yield (f"Not used for the split: {split.origin} ({split_counts(split)}); "
                   f"--split {name} takes it.")


def split_counts(split: Split) -> str:
    """ "200 train, 50 val, 42 test"."""
    return ", ".join(f"{number} {part}" for part, number in split.counts().items())
