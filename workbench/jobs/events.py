"""What the engine tells the window; how it travels is in :mod:`workbench.jobs.protocol`.

Every event of a job carries that job's id. The same events are printed by ``workbench train
--json`` and, for a training, written to the run's ``metrics.jsonl``; the live plots and a reopened
run therefore read one stream.
"""

from __future__ import annotations

from dataclasses import field
from typing import Annotated

from workbench.core.plain import JSON
from workbench.core.run_data import PreviewData, RunConfig
from workbench.jobs.message import EngineMessage, JobMessage

GROUPS = "groups"
"""What stands for the choice of what is kept together, where a file to look at is named."""


class Ready(EngineMessage, tag="ready"):
    """Torch is imported; ``devices`` are ``{"id": "cpu", "name": "2 cores", "memory": bytes}``."""

    devices: list[JSON]
    versions: JSON


class PreflightDone(JobMessage, tag="preflight"):
    """What pressing Train would do; ``words`` is the one line that a person reads.

    ``weights`` is ``{"needed": bool, "available": bool, "name": str, "size": bytes}``; ``reason``
    says why this recipe, where the choice was left open, and ``start`` how much is taken over from
    an earlier model; ``shape`` says what was chosen from the labels, such as the input size.
    ``look`` names a file to look at for those of the warnings that are about files, or
    :data:`GROUPS` for one about stations that the split mixes. ``labels`` says
    what is learned ("3 classes"), and ``samples`` from what, where these are no files ("132 labels
    in 8 recordings").
    """

    recipe: str
    words: str
    images: int
    classes: list[str]
    split: dict[str, int]
    device: str
    memory: int
    weights: JSON
    epochs: int
    epoch_seconds: float
    eta_seconds: float
    warnings: list[str]
    reason: str = ""
    start: str = ""
    shape: str = ""
    look: dict[str, str] = field(default_factory=dict)
    labels: str = ""
    samples: str = ""


class Started(JobMessage, tag="started"):
    """The run folder exists; ``config`` is the frozen content of its config.json."""

    run: str
    config: Annotated[JSON, RunConfig]
    resumed_at_epoch: int = 0


class Progress(JobMessage, tag="progress"):
    """Work that is not a training step; ``done`` of ``total``, ``total`` 0 where it is unknown."""

    text: str
    done: int = 0
    total: int = 0


class Step(JobMessage, tag="step"):
    """One optimiser step, or the mean of several (at most ten events a second are sent).

    ``losses`` holds "loss" (the sum) and its parts; ``times`` the share of each phase (data,
    forward, backward, step), adding up to 1; ``progress`` is 0..1 of the whole run. ``step`` of
    ``steps`` counts over the whole run, from 1; ``epoch`` of ``epochs`` counts from 1 too. In a run
    of so many minutes ``steps`` and ``epochs`` are what the time will probably allow. In one that
    ends when nothing improves they are what would remain from now on, and ``eta_seconds`` is
    negative while the end is open. ``gpu`` is the load of the card by all programs together, where
    it is known: "used" and "total" (bytes) and "busy" (0..1).
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    losses: dict[str, float]
    lr: float
    images_per_second: float
    times: dict[str, float]
    progress: float
    eta_seconds: float
    gpu: dict[str, float] = field(default_factory=dict)


class Epoch(JobMessage, tag="epoch"):
    """One epoch is done; ``metrics`` holds for example "map", "map_50", "val_images".

    ``metrics`` is empty after an epoch that was not validated, which happens in a run of so many
    minutes where validation would take too large a share of the time.
    """

    epoch: int
    epochs: int
    losses: dict[str, float]
    metrics: dict[str, float]
    seconds: float
    best: bool


class Preview(JobMessage, tag="preview"):
    """A few validation images or clips re-predicted after an epoch.

    ``images`` are ``{"file", "boxes" (xyxy), "labels" (class names), "scores"}`` after NMS, with
    "outlines" (:mod:`workbench.core.flat_rings`), "rotated" and "keypoints"
    (:mod:`workbench.core.found_points`) from a model that finds some. For a clip there are no
    boxes, but ``"truth"``, ``"start"`` and ``"end"`` (seconds), and the likeliest classes come
    first.
    """

    epoch: int
    images: list[Annotated[JSON, PreviewData]]


class Checkpoint(JobMessage, tag="checkpoint"):
    epoch: int
    path: str


class Paused(JobMessage, tag="paused"):
    pass


class Unpaused(JobMessage, tag="unpaused"):
    pass


class Finished(JobMessage, tag="finished"):
    """The job came to its end; ``state`` is "finished", "stopped" (best kept) or "cancelled".

    ``result`` depends on the job: a training's ``{"run", "metrics"}``, an evaluation's
    ``{"run", "split", "predictions" (path)}``, a prediction's ``{"images": […]}`` or
    ``{"sounds": […]}`` (where it streams ``{"answered", "problems"}`` as numbers), an export's
    ``{"run", "format", "file", "bytes", "checked" (how many), "box_difference" (px),
    "score_difference", "words"}``.
    """

    state: str
    result: JSON


class Failed(JobMessage, tag="failed"):
    """The job failed; ``message`` is one clear sentence, ``detail`` a traceback for the log."""

    message: str
    detail: str = ""
    resumable: bool = False


class Predictions(JobMessage, tag="answers"):
    """Some answers to a :class:`Predict` that streams, in the order of its files.

    ``items`` are as its task gives them, each with its "file"; ``problems`` are
    ``{"file", "reason"}`` of files that have none. ``done`` of ``total`` files are through, and of
    the next one the share ``part`` (0..1), where it takes long.
    """

    items: list[JSON]
    problems: list[JSON]
    done: int
    total: int
    part: float = 0.0


class ListenResult(JobMessage, tag="heard"):
    """What a :class:`Listen` hears at ``time`` seconds of its stream, about twenty times a second.

    ``label`` is "" where no class reaches the threshold or nothing sounds; ``scores`` are smoothed
    probabilities by class name; ``latency`` seconds from the arrival of the sound to this.
    """

    time: float
    label: str
    scores: dict[str, float]
    level_db: float
    latency: float


class WatchResult(JobMessage, tag="seen"):
    """What a :class:`Watch` sees in the picture ``number``: an answer as of Predict, with "" as its
    file; ``seconds`` is how long the model and all around it took."""

    number: int
    item: JSON
    seconds: float


class Explained(JobMessage, tag="explained"):
    """Answer to :class:`Explain`.

    ``views`` each have "id" and "title", and may have any plain values besides. With "rows",
    "frames" and "values", base64 of little-endian float32 rows × frames, one is a picture. One with
    "box" besides is a heat map that lies over the image, see
    :class:`workbench.media.images.heat.HeatMap`. Those of sounds also have "pcm", base64 of int16
    mono at the features' rate: what that sounds like; the first is the sound as it is. ``features``
    say how it was made (sample_rate, seconds, n_mels …).
    """

    file: str
    recipe: str
    features: JSON
    views: list[JSON]


class PairReady(JobMessage, tag="pair_ready"):
    """Answer to :class:`~workbench.jobs.commands.OpenPair`: the two files work together."""


class Embedded(EngineMessage, tag="embedded"):
    """A picture can be asked about; or ``problem`` is why it cannot."""

    file: str
    problem: str = ""
    job: str = ""


class MaskFound(JobMessage, tag="mask_found"):
    """Answer to :class:`~workbench.jobs.commands.FindMask`.

    ``size`` is that of the picture it was looked for in, which may be smaller than the file's;
    ``window`` is ``(x, y, width, height)`` in that, ``runs`` as of
    :class:`workbench.core.outlines.Mask`. ``score`` is how sure the model is, 0 to 1.
    """

    score: float
    size: tuple[int, int]
    window: tuple[int, int, int, int]
    runs: list[int]


class LogLine(EngineMessage, tag="log"):
    level: str
    text: str


Event = (
    Ready | PreflightDone | Started | Progress | Step | Epoch | Preview | Checkpoint
    | Paused | Unpaused | Finished | Failed | Predictions | ListenResult | WatchResult | Explained
    | PairReady | Embedded | MaskFound | LogLine
)
