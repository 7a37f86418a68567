"""Train, let the model suggest, judge that, train again: which step of that a project is at.

Nothing of it is stored: the labels, the suggestions and the runs say it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from workbench.core.errors import WorkbenchError
from workbench.project.datasets.splits import PARTS, load_split
from workbench.project.runs import ALIVE, RunFolder, list_runs

Step = Literal["label", "train", "suggest", "review", "again", "done"]
"""What is to be done next; "done" where all is labelled and learned."""

FEW = 10
"""Labelled samples from which a first training is worth its time."""
FEW_HELD_BACK = 20
"""Below this many held-back samples a small difference of a score is mostly chance."""
FIGURES = ("accuracy", "map", "map_50", "miou", "auroc", "r2")
"""By which figure a round is judged: the first that its task has."""
FIGURE_NAMES = {"map": "mAP", "map_50": "mAP50", "miou": "mIoU", "mean_dice": "mean Dice",
                "pixel_accuracy": "pixel accuracy", "auroc": "AUROC", "r2": "R²"}
"""What figures are called in the shell, where that is not their name."""


class LabellingState(NamedTuple):
    """How far a project is labelled."""

    samples: int
    labelled: int
    """All that could be labelled, and those that are."""
    suggested: int = 0
    objects: int = 0
    """Samples on which something is suggested, and how many objects that are."""
    asked: int | None = None
    """Samples that the newest model was asked about; None where the window does not keep that."""
    left: int = 0
    """Samples without labels that it was not asked about."""


class Learned(NamedTuple):
    """The newest model of a project ("" for none), how many labelled samples it knew, and how many
    models there are."""

    run: str = ""
    samples: int = 0
    models: int = 0


def next_step(now: LabellingState, learned: Learned) -> Step:
    """The step that a project is at."""
    new = now.labelled - learned.samples
    rest = now.samples - now.labelled
    if not learned.run:
        return "label" if now.labelled < min(FEW, now.samples) or not now.samples else "train"
    if now.suggested:
        return "review"
    if new > 0 and (now.asked or now.asked is None or not rest):
        return "again"
    if now.left:
        return "suggest"
    if rest:
        return "label"
    return "again" if new > 0 else "done"


def newest_model(project: Path, task: str) -> Learned:
    """See :class:`Learned`. Reads the split of a run: for a thread."""
    runs = rounds_of(project, task)
    if not runs:
        return Learned()
    run = runs[-1]
    return Learned(run.name, len(known_to(run)), len(runs))


def known_to(run: RunFolder, part: str = "") -> frozenset[str]:
    """Labelled samples that were there when ``run`` began, or those of one part of its split; none
    where it does not say."""
    try:
        split = load_split(run.path, run.split)
    except WorkbenchError:
        return frozenset()
    return frozenset(key for name in ((part,) if part else PARTS) for key in split.members(name))


def rounds_of(project: Path, task: str) -> list[RunFolder]:
    """The runs of a task that ended and have a model, the oldest first."""
    return [run for run in reversed(list_runs(project))
            if run.task == task and run.best_path.is_file() and run.state["state"] not in ALIVE]


@dataclass(frozen=True, slots=True)
class RoundScore:
    """How good the model of one round is."""

    run: str
    learned: int
    """Its run, and how many labelled samples it learned from."""
    figure: str = ""
    score: float | None = None
    """One of :data:`FIGURES`, "" and None where the model could not be judged."""
    part: str = ""
    samples: int = 0
    """On which part of the split, and how many samples those are."""
    reason: str = ""
    """Why it cannot be compared with the newest one, a sentence without its full stop; "" where it
    can."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RoundScore:
        return cls(**data)

    @property
    def comparable(self) -> bool:
        return self.score is not None and not self.reason
