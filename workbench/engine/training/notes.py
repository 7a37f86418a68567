"""What a person should know before a training: why it cannot be done, or what would help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.schema import Value
from workbench.core.text import count
from workbench.project.dataset import Dataset
from workbench.project.doubts import find_doubts
from workbench.tasks.detection.engine.samples import Sample

if TYPE_CHECKING:
    from workbench.engine.training.plan import TrainPlan
    from workbench.engine.training.start import Taken
    from workbench.extension.model import TrainableModel

FEW = 20
TINIEST = 4.0
"""Side in input pixels below which an object is hardly learned: two cells of the finest grid
cannot tell where it is."""
_USELESS = frozenset({"box-without-area", "rotated-box", "incomplete-object"})
_LOST = 1.0  # side in input pixels below which a box is left out, as ``data/batches.py`` does


def check_enough(data: Dataset) -> None:
    """Refuse what there is nothing to learn from.

    Raises
    ------
    WorkbenchError
        One sentence: what is missing and what would help.
    """
    if any(record.objects for record in data.train):
        return
    parts = {"val": data.val, "test": data.test}
    elsewhere = {name: len(records) for name, records in parts.items() if records}
    if not data.train:
        raise WorkbenchError(_no_images(data, elsewhere))
    boxes = sum(len(record.objects) for records in parts.values() for record in records)
    if boxes and not data.split.val_is_train:
        raise WorkbenchError(
            f"there is no box on {any_of(len(data.train), 'image')} for training, only "
            f"on those for validation and testing: label more images, or choose another split")
    read = len({record.key for records in (data.train, *parts.values()) for record in records})
    useless = [doubt.words for doubt in find_doubts(data) if doubt.kind in _USELESS]
    if useless:
        raise WorkbenchError(f"there is no box that can be used on "
                             f"{any_of(read, 'labelled image')}: {'; '.join(useless)}")
    raise WorkbenchError(
        f"there is no box on {any_of(read, 'labelled image')}: draw some boxes first")


def _no_images(data: Dataset, elsewhere: Mapping[str, int]) -> str:
    lost = [item for item in data.problems if item.severity == "error"]
    if lost:
        return f"there is no readable label to learn from: {left_out_words(lost)}"
    if elsewhere:
        where = " and ".join(f"{number} in {name}" for name, number in elsewhere.items())
        return (f"the split “{data.split.name}” leaves no image to learn from ({where}): label "
                "more images, or choose or write another split")
    if data.unlabelled:
        return (f"there is no label on {any_of(len(data.unlabelled), 'image')}: draw some boxes "
                "first")
    return "there is no image in this folder: add some images and draw boxes on them first"


def data_warnings(data: Dataset) -> list[str]:
    """What makes the result worse or less certain."""
    said: list[str] = []
    if len(data.train) < FEW:
        said.append(f"only {count(len(data.train), 'image')} to learn from: more will help most")
    if data.split.val_is_train:
        said.append("validation uses the training images: its numbers are too good")
    elif not data.val:
        said.append("no validation images: nobody can tell which epoch is best")
    if not data.test:
        said.append("no images are held back for a final test")
    counts = Counter(item.label for record in data.train for item in record.objects)
    said += [doubt.words for doubt in find_doubts(data)]
    for words, times, helps in (
        ("only one example of", 1, "a few more will help"),
        ("no training example of", 0, "it will not be found before some are labelled"),
    ):
        names = [name for name in data.classes if counts[name] == times]
        if names:
            said.append(f"{words} {name_list(names)}: {helps}")
    said += [item.reason.rstrip(".") for item in data.problems if item.kind == "stretched-images"]
    lost = [item for item in data.problems if item.severity == "error"]
    if lost:
        said.append(left_out_words(lost))
    return said


def first_files(data: Dataset) -> dict[str, str]:
    """For each doubt in the labels the first file that is still there, to look at."""
    return {doubt.words: doubt.files[0] for doubt in find_doubts(data)
            if doubt.files and doubt.kind != "listed-image-gone"}


def left_out_words(problems: Sequence[Problem]) -> str:
    """Why the first of some files is not learned from, and how many others are not."""
    first = problems[0].reason.rstrip(".")
    others = f"; {count(len(problems) - 1, 'other file')} too" if len(problems) > 1 else ""
    return (first if "left out" in first else f"left out: {first}") + others


def size_warnings(samples: Sequence[Sample], input_size: tuple[int, int]) -> list[str]:
    """What the model cannot see of the boxes at ``input_size`` (width, height).

    Raises
    ------
    WorkbenchError
        If every box is too small to be learned.
    """
    sides = [_sides(item, input_size) for item in samples if len(item.boxes)]
    smallest = np.concatenate(sides) if sides else np.zeros(0)
    lost, tiny = int((smallest < _LOST).sum()), int((smallest < TINIEST).sum())
    size = f"{input_size[0]}×{input_size[1]} px"
    if lost and lost == len(smallest):
        raise WorkbenchError(
            f"all boxes are smaller than one pixel at {size}, which is what the model sees: choose "
            "a larger image size, or tiles")
    said: list[str] = []
    if lost:
        boxes = count(len(smallest), "box", "boxes")
        said.append(f"{lost} of {boxes} are smaller than one pixel at {size} and teach nothing: "
                    "a larger image size would show them")
    if tiny > len(smallest) // 2:
        said.append(f"most boxes are less than {TINIEST:g} pixels wide or high at {size}, which is "
                    "hardly enough: larger boxes or a larger image size will help")
    return said


def _sides(sample: Sample, input_size: tuple[int, int]) -> Any:
    """The shorter side of each box in input pixels."""
    scale = min(input_size[0] / sample.size[0], input_size[1] / sample.size[1])
    return (sample.boxes[:, 2:] - sample.boxes[:, :2]).min(1) * scale


def time_warnings(minutes: float | None, first: float, epoch: float, final: float) -> list[str]:
    """Whether the time given is enough to see every image once.

    Parameters
    ----------
    minutes
        The time given, or None.
    first, epoch, final
        Seconds for starting, for going through all images once, and for the end.
    """
    if minutes is None:
        return []
    whole = minutes * 60
    enough = minutes_words(first + 10 * epoch + final)
    if whole <= first + final:
        return [f"{seconds_words(whole)} is less than starting and ending take (about "
                f"{seconds_words(first + final)}), so the training will take longer than you "
                f"asked: give {enough} or more"]
    if whole < first + epoch + final:
        return [f"{seconds_words(whole)} is too short to see every image once (about "
                f"{seconds_words(first + epoch + final)} in all): give {enough} or more"]
    return []


def enough_words(seconds: float, minutes: float, passes: int, noun: str) -> str:
    """That a run will take ``seconds`` of its ``minutes``, and why."""
    return (f"about {seconds_words(seconds)} of {seconds_words(minutes * 60)} are enough: after "
            f"{passes} passes over the {noun}s, longer training would overfit")


def lengthened_words(given: float, first: float, minutes: float) -> str:
    """That a run takes longer than the ``given`` minutes, because starting took ``first`` s."""
    return (f"Starting took {seconds_words(first)}, so this training takes "
            f"{seconds_words(minutes * 60)} instead of {seconds_words(given * 60)}: half of the "
            "time you gave is kept for learning.")


def unseen_words(
    minutes: float, steps: int, batch_size: int, images: int,
    seconds: tuple[float, float, float], noun: str,
) -> str:
    """What is said after a run whose time was over before all had been seen once; "" else.

    ``seconds`` are for starting, for one step and for the end, as measured.
    """
    batches = max(1, -(-images // batch_size))
    if steps >= batches:
        return ""
    first, step, final = seconds
    enough = minutes_words(first + 10 * batches * step + final)
    seen = min(images, steps * batch_size)
    return (f"The {seconds_words(minutes * 60)} were over when {seen} of {count(images, noun)} had "
            f"been seen; starting alone took {seconds_words(first)}: give {enough} or more")


def model_warnings(plan: TrainPlan, model: TrainableModel) -> list[str]:
    """What is known once the input size is; see :func:`size_warnings`."""
    if plan.recipe.task != "detection":
        return []
    return size_warnings(plan.train, model.input_size)


def recipe_words(plan: TrainPlan) -> str:
    """Which recipe was chosen and why ("Compact, because …"); "" where a person chose it."""
    return f"{plan.recipe.title} was chosen: {plan.reason}" if plan.reason else ""


def start_warnings(plan: TrainPlan, taken: Taken | None) -> list[str]:
    """Whether hardly anything of an earlier model fits, because it is one of another recipe."""
    if taken is None or plan.start.path is None or 2 * len(taken.left) <= taken.tensors:
        return []
    return [f"only {taken.words()} from {plan.start.name}, which is probably of another "
            "model type: choose that one, or leave the choice to the program"]


def start_words(plan: TrainPlan, taken: Taken | None) -> str:
    """What is taken over from an earlier model; "" where there is none."""
    if taken is None or plan.start.path is None:
        return ""
    words = f"{taken.words()} from {plan.start.name}"
    usual = float(plan.recipe.settings["lr"].default)
    rate = float(plan.settings["lr"])
    if plan.start.kind == "model" and rate < usual and "lr" not in plan.request.settings:
        words += f"; the learning rate is {rate:g} instead of {usual:g}, so as not to forget"
    return words


def recipe_warnings(said: list[str], settings: Mapping[str, Value], from_nothing: str) -> None:
    """Add to ``said`` what to know about a start from nothing."""
    if from_nothing != "yes":
        said.append("without pretrained weights this model type learns slowly")
    if settings.get("train_layers") == "head":
        said.append("training only the head makes no sense without pretrained weights")


def any_of(number: int, what: str) -> str:
    """ "the only image", "any of the 292 images"."""
    return f"the only {what}" if number == 1 else f"any of the {count(number, what)}"


def name_list(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def seconds_words(seconds: float) -> str:
    """A time: "4.5 s", "40 s", "3 min", "2 h 5 min"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    if minutes < 90:
        return f"{minutes:.0f} min"
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def minutes_words(seconds: float) -> str:
    """A time that is worth giving, rounded up: "0.5 minutes", "3 minutes"."""
    minutes = seconds / 60
    rounded = -(-minutes // 0.5) * 0.5 if minutes < 3 else float(-(-minutes // 1))
    return "1 minute" if rounded == 1 else f"{rounded:g} minutes"
