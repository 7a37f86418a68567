"""What the files of a run hold, as types that their readers check."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

RunState = Literal["running", "paused", "finished", "stopped", "failed", "cancelled", "interrupted"]


class SplitCounts(TypedDict, total=False):
    """The split of a run: its name, how many are in each part, and the seconds from and to that
    are held out within recordings."""

    name: str
    train: int
    val: int
    test: int
    held_out: dict[str, dict[str, list[float]]]


class RunConfig(TypedDict, total=False):
    """``config.json``, and the same in the event that begins ``metrics.jsonl``."""

    recipe: str
    task: str
    classes: list[str]
    settings: dict[str, Any]
    epochs: int | None
    minutes: float | None
    device: str
    seed: int
    start_from: dict[str, Any] | str
    input_size: list[int]
    pixels_an_image: float
    batch_size: int
    split: SplitCounts | str
    background: bool
    teacher: str
    unit: str


class RunMetrics(TypedDict, total=False):
    """Figures by name for each part of the split."""

    train: dict[str, float | None]
    val: dict[str, float | None]
    test: dict[str, float | None]


class RunOrigin(TypedDict, total=False):
    """From which project a run was brought, what it is called there, and when it came (seconds
    since the epoch)."""

    project: str
    run: str
    brought: float


class RunStatus(TypedDict, total=False):
    """``state.json``; ``started`` and ``changed`` are seconds since the epoch, ``seconds`` how
    long it took; ``folder`` is the one into which its process writes; ``verdict`` whether a
    student is better than its teacher; ``origin`` where another copy of the project trained it."""

    state: RunState
    folder: str
    pid: int
    epoch: int
    message: str
    metrics: RunMetrics
    started: float | None
    changed: float | None
    seconds: float | None
    verdict: dict[str, Any]
    origin: RunOrigin


class PreviewData(TypedDict):
    """One image or clip of a preview; see :class:`workbench.jobs.events.Preview`."""

    file: str
    boxes: list[tuple[float, float, float, float]]
    labels: list[str]
    scores: list[float]
    outlines: NotRequired[list[list[list[float]]]]
