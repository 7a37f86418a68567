"""What is doubtful in the labels that a training would use, counted, one sentence for each kind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.core.errors import Problem
from workbench.core.paths import path_in, start_in
from workbench.core.text import count, listed
from workbench.project.datasets.images import Dataset
from workbench.project.datasets.splits import PART_WORDS, PARTS, Split
from workbench.project.library.scan import sort_naturally

_SHOWN = 3  # names in a sentence


@dataclass(frozen=True, slots=True)
class LabelIssue:
    """Something that a person should look at before training."""

    kind: str
    """Of the problems that it counts, or "part-without-objects", "class-not-in-part"."""
    words: str
    """A sentence without capital and full stop, with the number and the first names."""
    files: tuple[str, ...] = ()
    """The files in question, each once: where to look."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How problems of one kind are worded; ``{files}``, ``{boxes}`` and ``{objects}`` are counts
    with their noun."""

    kind: str
    one: str
    many: str


_KINDS = (
    _Kind("boxes-unturned",
          "the boxes of {files} were made on the picture before it was turned, so they lie in the "
          "wrong place: draw them again",
          "the boxes of {files} were made on the pictures before they were turned, so they lie in "
          "the wrong places: draw them again"),
    _Kind("size-differs",
          "the boxes of {files} were made for an image of another size: look whether they fit",
          "the boxes of {files} were made for images of another size: look whether they fit"),
    _Kind("rotated-box",
          "{objects} in {files} has a rotated box that cannot be read: what it shows is learned as "
          "background",
          "{objects} in {files} have rotated boxes that cannot be read: what they show is learned "
          "as background"),
    _Kind("unclear-outline",
          "{objects} in {files} has an outline that cannot be read: its box is used",
          "{objects} in {files} have outlines that cannot be read: their boxes are used"),
    _Kind("outline-differs",
          "{objects} in {files} has an outline that does not fit its box: the outline is used",
          "{objects} in {files} have outlines that do not fit their boxes: the outlines are used"),
    _Kind("incomplete-object",
          "{objects} in {files} has no name or no box and is not read: what it shows is learned as "
          "background",
          "{objects} in {files} have no name or no box and are not read: what they show is learned "
          "as background"),
    _Kind("box-without-area",
          "{files} has boxes without area inside the image, which are not used",
          "{files} have boxes without area inside the image, which are not used"),
    _Kind("swapped-box",
          "{boxes} in {files} has its corners swapped and is used the right way round",
          "{boxes} in {files} have their corners swapped and are used the right way round"),
    _Kind("duplicate-across-split",
          "{files} looks nearly the same as one in another part of the split, so scores will be "
          "better than the model is",
          "{files} look nearly the same as others in another part of the split, so scores will be "
          "better than the model is"),
    _Kind("truncated-image",
          "{files} breaks off: a part of the picture is missing, so it is left out",
          "{files} break off: a part of the pictures is missing, so they are left out"),
    _Kind("listed-image-gone",
          "{files} that the split lists is gone", "{files} that the split lists are gone"),
    _Kind("listed-image-unlabelled",
          "{files} that the split lists has no annotation",
          "{files} that the split lists have no annotation"),
)


def find_label_issues(data: Dataset) -> list[LabelIssue]:
    """Everything doubtful in ``data``; the gravest first."""
    found = [doubt for kind in _KINDS if (doubt := _counted(kind, data.problems)) is not None]
    parts = {part: [(record.path, {item.label for item in record.objects})
                    for record in data.part(part)] for part in PARTS}
    return [*found, *part_label_issues(data.classes, parts, val_is_train=data.split.val_is_train)]


def part_label_issues(
    classes: Sequence[str], parts: Mapping[str, Sequence[tuple[str | Path, Collection[str]]]], *,
    val_is_train: bool = False,
) -> Iterator[LabelIssue]:
    """What is doubtful about how labels are divided.

    Parameters
    ----------
    classes
        In the order in which they are named.
    parts
        The labelled images of "train", "val" and "test", each with the names of its classes.
    val_is_train
        Whether the validation images are the training images.
    """
    yield from _empty_parts(parts)
    if val_is_train:
        return
    learned = {name for _, names in parts["train"] for name in names}
    for part in ("val", "test"):
        there = {name for _, names in parts[part] for name in names}
        absent = [name for name in classes if name in learned and name not in there]
        if there and absent:
            yield LabelIssue("class-not-in-part", absent_text(part, absent))


def known_label_issues(folder: Path, classes: Sequence[str], split: Split,
                       labels: Mapping[str, Sequence[str]]) -> Iterator[LabelIssue]:
    """`part_label_issues` of the images in ``folder`` whose ``labels``, by key, are known."""
    start = start_in(folder)
    parts = {part: [(path_in(start, key), labels[key]) for key in split.members(part)
                    if key in labels] for part in PARTS}
    names = dict.fromkeys(name for found in labels.values() for name in found)
    yield from part_label_issues(list(dict.fromkeys([*classes, *sort_naturally(names)])), parts,
                                 val_is_train=split.val_is_train)


def _counted(kind: _Kind, problems: Iterable[Problem]) -> LabelIssue | None:
    paths = [problem.path for problem in problems if problem.kind == kind.kind]
    if not paths:
        return None
    files = tuple(dict.fromkeys(paths))
    each = "{boxes}" in kind.one or "{objects}" in kind.one
    number = len(paths) if each else len(files)
    words = (kind.one if number == 1 else kind.many).format(
        files=count(len(files), "image"), boxes=count(len(paths), "box"),
        objects=count(len(paths), "object"))
    return LabelIssue(kind.kind, f"{words} ({_names(files)})", files)


def _empty_parts(
    parts: Mapping[str, Sequence[tuple[str | Path, Collection[str]]]]) -> Iterator[LabelIssue]:
    for part in ("val", "test"):
        images = parts[part]
        if images and not any(names for _, names in images):
            word = PART_WORDS[part]
            subject = (f"the only {word} image has no object" if len(images) == 1
                       else f"none of the {len(images)} {word} images has an object")
            yield LabelIssue("part-without-objects", f"{subject}, so {word} scores say nothing",
                             tuple(str(path) for path, _ in images))


def absent_text(part: str, classes: Sequence[str]) -> str:
    """That ``part`` ("val", "test") has no example of some classes that are learned."""
    word = PART_WORDS[part]
    return (f"no {word} example of {_names(classes)}: {word} scores say nothing about "
            f"{'it' if len(classes) == 1 else 'them'}")


def _names(paths: Sequence[str]) -> str:
    return listed([Path(path).name for path in paths], _SHOWN)
