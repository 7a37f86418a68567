"""A project of image classes made of the boxes of another: each box becomes an image.

With it a model learns what the things in boxes are like: their class, or one of their attributes
("breed", "damage"). Crops of one image stay in the part of the split that the image is in.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.annotation import LabeledObject
from workbench.core.cropping import MARGIN, SMALLEST, around
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.progress import ProgressCallback
from workbench.core.text import count
from workbench.formats.atomic import new_folder
from workbench.formats.label_table import LabelTable
from workbench.formats.voc_outlines import attribute_text
from workbench.media.recording_place import PARTS as FOLDERS_OF_PARTS
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.datasets.splits import PARTS, Split, default_split, save_split
from workbench.project.manifest import Manifest
from workbench.tasks.image_classification.formats.pixels import file_name
from workbench.tasks.image_classification.kind import ID

_QUALITY = 95


@dataclass(slots=True)
class Crops:
    """What was made."""

    folder: Path
    counts: Counter[str] = field(default_factory=Counter)
    """Crops of each class."""
    small: int = 0
    without: int = 0
    """Boxes that were too small; objects that have no such attribute."""
    problems: list[Problem] = field(default_factory=list)
    """Images and annotations that could not be read."""

    def words(self) -> str:
        """A few sentences for people."""
        number = sum(self.counts.values())
        said = (f"{count(number, 'crop')} of {count(len(self.counts), 'class', 'classes')} "
                f"{'is' if number == 1 else 'are'} in “{self.folder.name}”.")
        if self.small:
            said += f" {count(self.small, 'box', 'boxes')} below {SMALLEST} px left out."
        if self.without:
            said += f" {count(self.without, 'box', 'boxes')} without the attribute left out."
        if self.problems:
            said += f" {count(len(self.problems), 'image')} could not be used."
        return said


def make_crops(
    project: Path, target: Path, *, attribute: str = "", margin: float = MARGIN,
    tick: ProgressCallback = lambda done, of: None,
) -> Crops:
    """Make the project ``target`` of the boxes of ``project``, which stays as it is.

    Parameters
    ----------
    target
        Must not exist, or be empty. It appears only when all is written.
    attribute
        Name of what is to be learned of the boxes in the place of their class.
    margin
        Share of a box's sides that is added around it.
    tick
        Called with the number of images that are done, and of all; it may raise to end the work.

    Raises
    ------
    UsageError
        If there is no box that could be cut out, or ``target`` lies among the project's images.
    WorkbenchError
        If ``target`` cannot be written.
    """
    source = LabelledFolder(project)
    if target.resolve().is_relative_to((project / source.manifest.images).resolve()):
        raise UsageError("it lies among the images of the project, which would take the crops "
                         "for its own; name a folder elsewhere", path=target)
    made = Crops(target)
    parts: dict[str, list[str]] = {part: [] for part in PARTS}
    split = default_split(project)
    part_of = {key: part for part in reversed(PARTS) for key in split.members(part)}
    labels: dict[str, str] = {}
    with new_folder(target, "the project of crops") as unfinished:
        for number, key in enumerate(source.labelled):
            tick(number, len(source.labelled))
            for name, label in _cut(source, key, unfinished, attribute, margin, made):
                labels[name] = label
                parts[part_of.get(key, "train")].append(name)
        if not labels:
            what = f" with the attribute “{attribute}”" if attribute else ""
            raise UsageError(f"there is no box{what} to cut out", path=project)
        classes = [name for name in source.manifest.classes if name in made.counts]
        classes += sorted(set(made.counts) - set(classes))
        colors = {name: color for name, color in source.manifest.colors.items() if name in classes}
        Manifest(f"{source.manifest.name}, crops", task=ID, classes=classes, colors=colors,
                 images="images").save(unfinished)
        (unfinished / "labels.csv").write_bytes(LabelTable.new().render(labels))
        if parts["train"] and parts["val"] and not split.val_is_train:
            save_split(unfinished, Split("default", split.seed, parts["train"], parts["val"],
                                         parts["test"], f"as the images of {project.name}"))
    return made


def _cut(source: LabelledFolder, key: str, folder: Path, attribute: str, margin: float, made: Crops,
         ) -> Iterator[tuple[str, str]]:
    """Write the crops of one image; yields their keys and labels."""
    from PIL import Image

    from workbench.media.images.pixels import upright_rgb

    try:
        document = source.read(key)
        objects = [item for item in document.annotation.objects if item.label]
        image = Image.fromarray(upright_rgb(source.placement.path(key))) if objects else None
    except WorkbenchError as error:
        made.problems.append(Problem(str(source.placement.path(key)), "unreadable-image",
                                     error.sentence()))
        return
    place, stem = _place(key.rpartition(".")[0].removeprefix(f"{source.manifest.images}/"))
    for number, item in enumerate(objects, 1):
        label = _label(item, attribute)
        assert image is not None
        box = around(item.box, image.size, margin)
        if not label:
            made.without += 1
        elif box is None:
            made.small += 1
        else:
            name = _free(folder, f"images/{file_name(label)}/{place}{stem}-{number}")
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            data = io.BytesIO()
            image.crop(box).save(data, "JPEG", quality=_QUALITY)
            path.write_bytes(data.getvalue())
            made.counts[label] += 1
            yield name, label


def _place(name: str) -> tuple[str, str]:
    """The folders of an image that may say where it was made, and what its crops are called."""
    *folders, stem = name.split("/")
    kept = [part for part in folders if part.lower() not in FOLDERS_OF_PARTS]
    others = [part for part in folders if part.lower() in FOLDERS_OF_PARTS]
    return "".join(f"{part}/" for part in kept), "_".join([*others, stem])


def _free(folder: Path, name: str) -> str:
    """A file that is not there yet."""
    free, number = f"{name}.jpg", 1
    while (folder / free).exists():
        number += 1
        free = f"{name}-{number}.jpg"
    return free


def _label(item: LabeledObject, attribute: str) -> str:
    if not attribute:
        return item.label
    value = item.attributes.get(attribute, "")
    return ("yes" if value else "no") if isinstance(value, bool) else attribute_text(value).strip()
