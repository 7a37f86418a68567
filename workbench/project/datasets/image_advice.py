"""What a person should know of labelled images before a training, whatever is learned of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workbench.core.errors import Problem
from workbench.core.text import count, listed
from workbench.project.datasets.dataset import left_out_text
from workbench.project.datasets.images import Dataset
from workbench.project.datasets.label_issues import LabelIssue

FEW = 20
"""Images to learn from below which more are what helps most."""
_SOME_EMPTY, _MANY_EMPTY = 3, 0.3  # images, and share of all, from which on it is worth a sentence


def any_of(number: int, what: str) -> str:
    """ "the only image", "any of the 292 images"."""
    return f"the only {what}" if number == 1 else f"any of the {count(number, what)}"


def no_images_text(data: Dataset, begin: str) -> str:
    """Why there is no image to learn from, in a sentence; ``begin`` is what a person does first
    ("draw some boxes")."""
    elsewhere = {part: len(records) for part, records in data.parts().items() if records}
    lost = _lost(data)
    if lost:
        return f"there is no readable label to learn from: {left_out_text(lost)}"
    if elsewhere:
        where = " and ".join(f"{number} in {name}" for name, number in elsewhere.items())
        return (f"the split “{data.split.name}” leaves no image to learn from ({where}): label "
                "more images, or choose or write another split")
    if data.unlabelled:
        return f"there is no label on {any_of(len(data.unlabelled), 'image')}: {begin} first"
    return f"there is no image in this folder: add some images and {begin} on them first"


def few_images(data: Dataset) -> list[str]:
    """That there is little to learn from, where there is."""
    if len(data.train) >= FEW:
        return []
    known = {record.key for record in data.train}
    kept = len({record.key for record in (*data.val, *data.test)} - known)
    others = f", {kept} {'is' if kept == 1 else 'are'} kept to test the model" if kept else ""
    return [f"only {count(len(data.train), 'image')} to learn from{others}: more will help most"]


def empty_images(data: Dataset) -> list[str]:
    """That many images are labelled with nothing, which may not be meant: COCO files say so of
    every image that nobody has looked at yet."""
    empty = sum(not record.objects for record in data.train)
    if empty < max(_SOME_EMPTY, _MANY_EMPTY * len(data.train)):
        return []
    return [f"{empty:,} of {count(len(data.train), 'training image')} are labelled with nothing: "
            "the model learns that there is nothing to find on them"]


def rare_classes(classes: Iterable[str], counts: Mapping[str, int]) -> list[str]:
    """Which classes have one example or none among those to learn from."""
    names = list(classes)
    said = []
    for words, times, helps in (
        ("only one example of", 1, "a few more will help"),
        ("no training example of", 0, "{they} will not be found before some are labelled"),
    ):
        found = [name for name in names if counts.get(name, 0) == times]
        if found:
            helps = helps.format(they="it" if len(found) == 1 else "they")
            said.append(f"{words} {listed(found)}: {helps}")
    return said


def file_warnings(data: Dataset) -> list[str]:
    """How images are read that are not simply pixels, and what cannot be read."""
    said = [item.reason.rstrip(".") for item in data.problems if item.kind == "stretched-images"]
    lost = _lost(data)
    return [*said, left_out_text(lost)] if lost else said


def first_files(issues: Iterable[LabelIssue]) -> dict[str, str]:
    """For each doubt in the labels the first file that is still there, to look at."""
    return {issue.words: issue.files[0] for issue in issues
            if issue.files and issue.kind != "listed-image-gone"}


def _lost(data: Dataset) -> list[Problem]:
    return [item for item in data.problems if item.severity == "error"]
