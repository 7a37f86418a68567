"""The score that a model brings along: from which on its answers count until somebody says another.

It is found on the validation samples of the run, never on those of the test, and kept in the run's
folder. Results, Predict, suggestions and the shell begin at it. A run from before there was one
gets it when it is first asked for, where its answers on the validation samples are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Literal

from workbench.core.errors import WorkbenchError
from workbench.core.plain import fitted, json_text, parse_json
from workbench.core.text import several, tr
from workbench.extension.registry import load
from workbench.extension.tasks import tasks
from workbench.formats.atomic import DiskErrors, write_atomic
from workbench.formats.regular_file import MB, read_regular
from workbench.project.runs import OPERATING, RunFolder

FoundBy = Literal["f1", "counts", "iou", "person"]


@dataclass(frozen=True, slots=True)
class OperatingScore:
    """Least score of what counts of a model's answers."""

    score: float
    """For all classes alike, with two decimals."""
    by: FoundBy = "f1"
    """Where F1, the counts of things or the mean IoU are best, or who said so."""
    classes: dict[str, float] = field(default_factory=dict)
    """For single classes, by the names that the model has for them; {} where none has its own."""

    @property
    def words(self) -> str:
        """ "0.46, as found in Results"."""
        return (tr("{score:.2f}, as set in Results", score=self.score) if self.by == "person"
                else tr("{score:.2f}, as found in Results", score=self.score))

    def reason(self, noun: str) -> str:
        """Why it is that, in a sentence; ``noun`` is a sample."""
        return {
            "f1": tr("F1 of this model is best at this score on the validation {nouns}.",
                     nouns=several(noun)),
            "counts": tr("The counts of this model are least off at this score on the validation "
                         "{nouns}.", nouns=several(noun)),
            "iou": tr("The mean IoU of this model is best at this score on the validation {nouns}.",
                      nouns=several(noun)),
            "person": tr("“Use in Predict” was pressed at this score in Results."),
        }[self.by]


Find = Callable[[RunFolder, Sequence[str]], OperatingScore | None]
"""Called with a run and the project's classes: what its stored answers on the validation samples
say; None without any. Raises WorkbenchError where labels or answers cannot be read."""


def kept_score(run: RunFolder) -> OperatingScore | None:
    """What is kept with a run; None where nothing is, or that cannot be read."""
    try:
        kept = fitted(parse_json(read_regular(run.path / OPERATING, MB)), OperatingScore)
    except (OSError, ValueError, WorkbenchError):
        return None
    scores = (kept.score, *kept.classes.values())
    return kept if all(0 <= value <= 1 for value in scores) else None


def operating_score(run: RunFolder, classes: Sequence[str] = ()) -> OperatingScore | None:
    """That of a run, found and kept now where none is; None where it cannot be known. May read all
    labels of the project: for a thread.

    Parameters
    ----------
    classes
        The project's.
    """
    kept = kept_score(run)
    name = tasks.get(run.task).operating if run.task in tasks else ""
    if kept is not None or not name:
        return kept
    find: Find = load(name)
    try:
        found = find(run, classes)
    except WorkbenchError:
        return None
    return settled(run, found, "val")


def settled(run: RunFolder, found: OperatingScore | None, part: str) -> OperatingScore | None:
    """What a run brings along, of which this was ``found`` on the samples of ``part``, as by the
    labels of now: it is kept where that is "val". What a person said stays."""
    kept = kept_score(run)
    if found is None or part != "val" or (kept is not None and kept.by == "person"):
        return kept
    if kept != found:
        with suppress(WorkbenchError):  # a disk that takes nothing: it is found again
            _keep(run, found)
    return found


def choose_score(run: RunFolder, score: float) -> OperatingScore:
    """A person says which it is.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    """
    chosen = OperatingScore(round(score, 2), "person")
    _keep(run, chosen)
    return chosen


def forget_score(run: RunFolder) -> None:
    """It is another model, or what a person said does not hold any more: it is found anew.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    """
    with DiskErrors(run.path):
        (run.path / OPERATING).unlink(missing_ok=True)


def _keep(run: RunFolder, score: OperatingScore) -> None:
    write_atomic(run.path / OPERATING, json_text(asdict(score), indent=1).encode())
