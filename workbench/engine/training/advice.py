"""What a person should know before and during a training, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch

from workbench.core.durations import duration
from workbench.core.schema import Value
from workbench.core.text import count, listed, several
from workbench.engine.gpus import unused_gpu_text
from workbench.engine.models.weights import is_available, is_intact, weights_path
from workbench.engine.nvml import other_programs_on
from workbench.extension.registry import recipes

if TYPE_CHECKING:
    from workbench.engine.training.plan import TrainPlan
    from workbench.engine.training.start import StartReport


def device_warnings(device: torch.device, chosen: bool) -> list[str]:
    """Why the GPU of this machine is not used where the device was ``chosen`` by the program, or
    who uses it, too."""
    others = other_programs_on(device)
    if others:
        return [f"{listed(others)} uses the GPU, too: there is less memory, and each step takes "
                "longer"]
    words = unused_gpu_text() if chosen and device.type == "cpu" else ""
    return [words] if words else []


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
    enough = minutes_text(first + 10 * epoch + final)
    if whole <= first + final:
        return [f"{seconds_text(whole)} is less than starting and ending take (about "
                f"{seconds_text(first + final)}), so the training will take longer than you "
                f"asked: give {enough} or more"]
    if whole < first + epoch + final:
        return [f"{seconds_text(whole)} is too short to see every image once (about "
                f"{seconds_text(first + epoch + final)} in all): give {enough} or more"]
    return []


def is_less(seconds: float, minutes: float) -> bool:
    """Whether a run of ``seconds`` is so much shorter than its ``minutes`` that words can tell."""
    return seconds_text(seconds) != seconds_text(minutes * 60)


def enough_text(seconds: float, minutes: float, passes: int, noun: str) -> str:
    """That a run will take ``seconds`` of its ``minutes``, and why."""
    return (f"about {seconds_text(seconds)} of {seconds_text(minutes * 60)} are enough: after "
            f"{passes} passes over the {several(noun)}, longer training would overfit")


def lengthened_text(given: float, first: float, minutes: float) -> str:
    """That a run takes longer than the ``given`` minutes, because starting took ``first`` s."""
    return (f"Starting took {seconds_text(first)}, so this training takes "
            f"{seconds_text(minutes * 60)} instead of {seconds_text(given * 60)}: half of the "
            "time you gave is kept for learning.")


def stretched_text(stretched: bool | None, given: float, minutes: float, noun: str) -> str:
    """What is done about ``given`` minutes that are too few to see everything once: the training
    takes ``minutes``, or ends all the same; "" where they are enough (None)."""
    if stretched is None:
        return ""
    short = f"{seconds_text(given * 60)} are too short to see every {noun} once"
    if stretched:
        return f"{short}, so this training takes {seconds_text(minutes * 60)}."
    return f"{short}, by far: stop, and give it more time."


def halved_batch_text(before: int, batch: int, parts: int, noun: str) -> str:
    """That a step takes its ``batch`` in ``parts``, because ``before`` at once were too many."""
    small = batch // parts
    words = (f"There was not enough memory for {count(before, noun)} at once; continuing with "
             f"{small} at a time")
    return words + (f", {parts} times a step, so that a step still learns from {batch}."
                    if parts > 1 else " in a step.")


def few_at_once_text(batch: int, few: int, noun: str) -> str:
    """What pre-flight says where a step will come in parts."""
    return (f"there is not enough memory for {count(batch, noun)} at once: each step takes "
            f"{few} at a time, which is slower; a smaller batch size"
            + (" or image size" if noun == "image" else "") + " helps")


def no_memory_text(samples: int, noun: str) -> str:
    """That the memory is too small, and fewer samples at a time are not possible."""
    if samples > 1:
        return (f"there is not enough memory for {samples} {several(noun)} at a time on each "
                "device: choose a smaller batch size")
    return (f"there is not enough memory even for one {noun} at a time: choose a "
            + ("smaller image size or a " if noun == "image" else "") + "smaller model type")


def unseen_text(
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
    enough = minutes_text(first + 10 * batches * step + final)
    seen = min(images, steps * batch_size)
    return (f"The {seconds_text(minutes * 60)} were over when {seen} of {count(images, noun)} had "
            f"been seen; starting alone took {seconds_text(first)}: give {enough} or more")


def recipe_text(plan: TrainPlan) -> str:
    """Which recipe was chosen and why ("Compact, because …"); "" where a person chose it."""
    return f"{plan.recipe.title} was chosen: {plan.reason}" if plan.reason else ""


def start_warnings(plan: TrainPlan, taken: StartReport | None) -> list[str]:
    """Whether hardly anything of an earlier model fits, because it is one of another recipe."""
    if taken is None or plan.start.path is None or 2 * len(taken.left) <= taken.tensors:
        return []
    return [f"only {taken.words()} from {plan.start.name}, which is probably of another "
            "model type: choose that one, or leave the choice to the program"]


def start_text(plan: TrainPlan, taken: StartReport | None) -> str:
    """What is taken over from an earlier model; "" where there is none."""
    if taken is None or plan.start.path is None:
        return ""
    words = f"{taken.words()} from {plan.start.name}"
    if "lr" not in plan.recipe.settings:  # it is fitted, not learned step by step
        return words
    usual = float(plan.recipe.settings["lr"].default)
    rate = float(plan.settings["lr"])
    if plan.start.kind == "model" and rate < usual and "lr" not in plan.request.settings:
        words += f"; the learning rate is {rate:g} instead of {usual:g}, so as not to forget"
    return words


def weights_warnings(task: str) -> list[str]:
    """Which weights of the recipes of a task are damaged, so that none was chosen for them."""
    damaged = {weights: None for recipe in recipes if recipe.task == task
               for weights in recipe.weights if is_available(weights) and not is_intact(weights)}
    return [f"the weights “{item.title}” are damaged, so no recipe that needs them was chosen; " + (
                f"delete {weights_path(item)} to fetch them again" if item.url else
                "they came with the program: install that again") for item in damaged]


def recipe_warnings(said: list[str], settings: Mapping[str, Value], from_nothing: str) -> None:
    """Add to ``said`` what to know about a start from nothing."""
    if from_nothing != "yes":
        said.append("without pretrained weights this model type learns slowly")
    if settings.get("train_layers") == "head":
        said.append("training only the head makes no sense without pretrained weights")


def seconds_text(seconds: float) -> str:
    """A time: "4.5 s", "40 s", "3 min", "2 h 5 min"."""
    return f"{seconds:.1f} s" if seconds < 10 else duration(seconds)


def minutes_text(seconds: float) -> str:
    """A time that is worth giving, rounded up: "0.5 minutes", "3 minutes"."""
    minutes = seconds / 60
    rounded = -(-minutes // 0.5) * 0.5 if minutes < 3 else float(-(-minutes // 1))
    return "1 minute" if rounded == 1 else f"{rounded:g} minutes"


def batch_text(plan: TrainPlan) -> str:
    """What was chosen for a card ("64 images in a step, learning rate 0.04"); "" on a processor."""
    if plan.device.type != "cuda" or int(plan.settings.get("batch_size", 0)):
        return ""
    words = f"{plan.batch_size} {several(plan.unit)} in a step"
    if "lr" in plan.settings and "lr" not in plan.request.settings:
        words += f", learning rate {float(plan.settings['lr']):g}"
    return f"{words}, chosen for this GPU and {len(plan.train)} {several(plan.unit)}"
