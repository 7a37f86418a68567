"""The messages between window and engine: one JSON object a line, both ways.

The window sends commands (``{"do": …}``), the engine answers with events (``{"event": …}``). Every
message about a job carries that job's id. The same events are printed by ``workbench train --json``
and, for a training, written to the run's ``metrics.jsonl``; the live plots and a reopened run
therefore read one stream.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, ClassVar, get_args

from workbench.core.plain import Misfit, fitted, json_text, parse_json
from workbench.core.run_data import PreviewData, RunConfig

JSON = dict[str, Any]

HEARD_FROM = 0.6
"""Least probability from which a class counts as heard, live and in long recordings."""


class ProtocolError(ValueError):
    """A line that is not a message."""


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What a person chose before pressing Train; all of it may be left at its default.

    ``recipe`` "auto" lets the engine choose. Exactly one of ``epochs`` and ``minutes`` may be set;
    with neither, the recipe's own length is used. With ``until_best`` the run goes on until the
    score on validation images does not rise any more, for ``epochs`` at most. ``settings`` hold
    only what differs from the recipe's schema. ``start_from`` is "auto", "none", "pretrained", a
    run's name or a file.
    """

    recipe: str = "auto"
    epochs: int | None = None
    minutes: float | None = None
    device: str = "auto"
    seed: int = 0
    split: str = "default"
    start_from: str = "auto"
    settings: JSON = field(default_factory=dict)
    until_best: bool = False


# --- window to engine ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Preflight:
    do: ClassVar[str] = "preflight"
    job: str
    project: str
    request: TrainRequest


@dataclass(frozen=True, slots=True)
class Train:
    do: ClassVar[str] = "train"
    job: str
    project: str
    request: TrainRequest


@dataclass(frozen=True, slots=True)
class ResumeRun:
    """Go on with a run that was stopped, killed or paused, from its last checkpoint."""

    do: ClassVar[str] = "resume-run"
    job: str
    project: str
    run: str


@dataclass(frozen=True, slots=True)
class Control:
    """Steer the running job: ``pause``, ``unpause``, ``stop`` (keep the best) or ``cancel``."""

    do: ClassVar[str] = "control"
    job: str
    action: str


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Make the raw predictions of a run on a split, unless they are stored already."""

    do: ClassVar[str] = "evaluate"
    job: str
    project: str
    run: str
    split: str


@dataclass(frozen=True, slots=True)
class Predict:
    """Ask the model of ``run`` about files of any place.

    All answers come at the end in Finished, or with ``stream`` as :class:`Answers` while they are
    found, and Finished counts them. The limits are for detectors that stream. ``videos`` says for
    some of the files at which frame to begin and by how many to go on.
    """

    do: ClassVar[str] = "predict"
    job: str
    project: str
    run: str
    files: list[str]
    stream: bool = False
    score_thresh: float = 0.25
    nms_thresh: float = 0.5
    videos: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Export:
    """Write the model of ``run`` to ``file`` for other programs, with the thresholds in it.

    ``format`` is an id in :data:`workbench.extension.exports.export_formats`.
    """

    do: ClassVar[str] = "export"
    job: str
    project: str
    run: str
    file: str
    format: str = "onnx"
    score_thresh: float = 0.25
    nms_thresh: float = 0.5


@dataclass(frozen=True, slots=True)
class Listen:
    """Hear classes in a stream with the model of ``run``, until Control ends the job.

    The stream comes as :class:`AudioChunk` of the same job, at ``sample_rate`` Hz; what is heard
    as :class:`Heard`. ``threshold`` is the least probability of a class that counts, ``gate_db``
    the level in dBFS below which there is silence.
    """

    do: ClassVar[str] = "listen"
    job: str
    project: str
    run: str
    sample_rate: int
    channels: int = 1
    threshold: float = HEARD_FROM
    gate_db: float = -50.0
    device: str = "cpu"


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """Sound for a :class:`Listen`: base64 of little-endian int16, channels interleaved."""

    do: ClassVar[str] = "audio-chunk"
    job: str
    pcm: str


@dataclass(frozen=True, slots=True)
class Watch:
    """Look at the pictures of a camera with the model of ``run``, until Control ends the job.

    They come as :class:`CameraFrame` of the same job; what is seen as :class:`Seen`. Of several
    that wait, only the newest is looked at.
    """

    do: ClassVar[str] = "watch"
    job: str
    project: str
    run: str
    score_thresh: float = 0.25
    nms_thresh: float = 0.5


@dataclass(frozen=True, slots=True)
class CameraFrame:
    """A picture for a :class:`Watch`: its number, and base64 of a JPEG."""

    do: ClassVar[str] = "camera-frame"
    job: str
    number: int
    jpeg: str


@dataclass(frozen=True, slots=True)
class Explain:
    """Show what a model sees of a sound, and of the same sound varied as in training.

    ``run`` names a trained model; without one it is what ``request`` would train. ``end`` 0 takes
    the whole clip, else the region of ``start`` to ``end`` seconds. Another ``seed`` draws other
    variations. ``method`` is an id in
    :data:`workbench.extension.explanations.explanation_methods`; "" is the task's usual one.
    Answered with :class:`Explained`, then Finished.
    """

    do: ClassVar[str] = "explain"
    job: str
    project: str
    file: str
    run: str = ""
    request: TrainRequest = field(default_factory=TrainRequest)
    start: float = 0.0
    end: float = 0.0
    seed: int = 0
    method: str = ""


@dataclass(frozen=True, slots=True)
class Describe:
    """Find out about samples what a quick model in the window learns from, and keep it in the
    project's cache.

    ``files`` are paths relative to the project. Answered with Finished, whose result is the task's
    own; unreadable files are in its list "unreadable".
    """

    do: ClassVar[str] = "describe"
    job: str
    project: str
    task: str
    files: list[str]


@dataclass(frozen=True, slots=True)
class Vary:
    """Show some images of a project as the training of ``request`` would see them.

    Another ``draw`` takes other images and varies them otherwise. Answered with Finished, see
    :func:`workbench.engine.training.augmentation_previews.vary`.
    """

    do: ClassVar[str] = "vary"
    job: str
    project: str
    request: TrainRequest
    draw: int = 0


@dataclass(frozen=True, slots=True)
class Shutdown:
    do: ClassVar[str] = "shutdown"


Command = (
    Preflight | Train | ResumeRun | Control | Evaluate | Predict | Export | Listen | AudioChunk
    | Watch | CameraFrame | Explain | Describe | Vary | Shutdown
)

# --- engine to window ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """Torch is imported; ``devices`` are ``{"id": "cpu", "name": "2 cores", "memory": bytes}``."""

    event: ClassVar[str] = "ready"
    devices: list[JSON]
    versions: JSON


@dataclass(frozen=True, slots=True)
class PreflightDone:
    """What pressing Train would do; ``words`` is the one line that a person reads.

    ``weights`` is ``{"needed": bool, "available": bool, "name": str, "size": bytes}``; ``reason``
    says why this recipe, where the choice was left open, and ``start`` how much is taken over from
    an earlier model; ``shape`` says what was chosen from the labels, such as the input size.
    ``look`` names a file to look at for those of the warnings that are about files. ``labels`` says
    what is learned ("3 classes").
    """

    event: ClassVar[str] = "preflight"
    job: str
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


@dataclass(frozen=True, slots=True)
class Started:
    """The run folder exists; ``config`` is the frozen content of its config.json."""

    event: ClassVar[str] = "started"
    job: str
    run: str
    config: Annotated[JSON, RunConfig]
    resumed_at_epoch: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """Work that is not a training step; ``done`` of ``total``, ``total`` 0 where it is unknown."""

    event: ClassVar[str] = "progress"
    job: str
    text: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One optimiser step, or the mean of several (at most ten events a second are sent).

    ``losses`` holds "loss" (the sum) and its parts; ``times`` the share of each phase (data,
    forward, backward, step), adding up to 1; ``progress`` is 0..1 of the whole run. ``step`` of
    ``steps`` counts over the whole run, from 1; ``epoch`` of ``epochs`` counts from 1 too. In a run
    of so many minutes ``steps`` and ``epochs`` are what the time will probably allow. In one that
    ends when nothing improves they are what would remain from now on, and ``eta_seconds`` is
    negative while the end is open. ``gpu`` is the load of the card by all programs together, where
    it is known: "used" and "total" (bytes) and "busy" (0..1).
    """

    event: ClassVar[str] = "step"
    job: str
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


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch is done; ``metrics`` holds for example "map", "map_50", "val_images".

    ``metrics`` is empty after an epoch that was not validated, which happens in a run of so many
    minutes where validation would take too large a share of the time.
    """

    event: ClassVar[str] = "epoch"
    job: str
    epoch: int
    epochs: int
    losses: dict[str, float]
    metrics: dict[str, float]
    seconds: float
    best: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """A few validation images or clips re-predicted after an epoch.

    ``images`` are ``{"file", "boxes" (xyxy), "labels" (class names), "scores"}`` after NMS. For a
    clip there are no boxes, but ``"truth"``, ``"start"`` and ``"end"`` (seconds), and the likeliest
    classes come first.
    """

    event: ClassVar[str] = "preview"
    job: str
    epoch: int
    images: list[Annotated[JSON, PreviewData]]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    event: ClassVar[str] = "checkpoint"
    job: str
    epoch: int
    path: str


@dataclass(frozen=True, slots=True)
class Paused:
    event: ClassVar[str] = "paused"
    job: str


@dataclass(frozen=True, slots=True)
class Unpaused:
    event: ClassVar[str] = "unpaused"
    job: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The job came to its end; ``state`` is "finished", "stopped" (best kept) or "cancelled".

    ``result`` depends on the job: a training's ``{"run", "metrics"}``, an evaluation's
    ``{"run", "split", "predictions" (path)}``, a prediction's ``{"images": […]}`` or
    ``{"sounds": […]}`` (where it streams ``{"answered", "problems"}`` as numbers), an export's
    ``{"run", "format", "file", "bytes", "checked" (how many), "box_difference" (px),
    "score_difference", "words"}``.
    """

    event: ClassVar[str] = "finished"
    job: str
    state: str
    result: JSON


@dataclass(frozen=True, slots=True)
class Failed:
    """The job failed; ``message`` is one clear sentence, ``detail`` a traceback for the log."""

    event: ClassVar[str] = "failed"
    job: str
    message: str
    detail: str = ""
    resumable: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """Some answers to a :class:`Predict` that streams, in the order of its files.

    ``items`` are as its task gives them, each with its "file"; ``problems`` are
    ``{"file", "reason"}`` of files that have none. ``done`` of ``total`` files are through.
    """

    event: ClassVar[str] = "answers"
    job: str
    items: list[JSON]
    problems: list[JSON]
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What a :class:`Listen` hears at ``time`` seconds of its stream, about twenty times a second.

    ``label`` is "" where no class reaches the threshold or nothing sounds; ``scores`` are smoothed
    probabilities by class name; ``latency`` seconds from the arrival of the sound to this.
    """

    event: ClassVar[str] = "heard"
    job: str
    time: float
    label: str
    scores: dict[str, float]
    level_db: float
    latency: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What a :class:`Watch` sees in the picture ``number``: an answer as of Predict, with "" as its
    file; ``seconds`` is how long the model and all around it took."""

    event: ClassVar[str] = "seen"
    job: str
    number: int
    item: JSON
    seconds: float


@dataclass(frozen=True, slots=True)
class Explained:
    """Answer to :class:`Explain`.

    ``views`` are ``{"id", "title", "rows", "frames", "values", "pcm"}``, the first the sound as it
    is: ``values`` is base64 of little-endian float32 rows × frames, exactly what the network gets;
    ``pcm`` base64 of int16 mono at the features' rate, what that sounds like. ``features`` say how
    it was made (sample_rate, seconds, n_mels …).
    """

    event: ClassVar[str] = "explained"
    job: str
    file: str
    recipe: str
    features: JSON
    views: list[JSON]


@dataclass(frozen=True, slots=True)
class LogLine:
    event: ClassVar[str] = "log"
    level: str
    text: str


Event = (
    Ready | PreflightDone | Started | Progress | Step | Epoch | Preview | Checkpoint
    | Paused | Unpaused | Finished | Failed | Answers | Heard | Seen | Explained | LogLine
)

_COMMANDS: dict[str, type[Any]] = {kind.do: kind for kind in get_args(Command)}
_EVENTS: dict[str, type[Any]] = {kind.event: kind for kind in get_args(Event)}


def encode(message: Command | Event) -> str:
    """Return ``message`` as one line of JSON, without the line break; NaN becomes null."""
    tag = {"do": message.do} if hasattr(message, "do") else {"event": message.event}
    text = json_text({**tag, **asdict(message)})
    # of a file name that is no UTF-8, what no line can hold is written as JSON's own escapes
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def decode_command(line: str) -> Command:
    """Read one line from the window.

    Raises
    ------
    ProtocolError
        If it is not a known command.
    """
    command: Command = _decode(line, "do", _COMMANDS)
    return command


def decode_event(line: str) -> Event:
    """Read one line from the engine.

    Raises
    ------
    ProtocolError
        If it is not a known event.
    """
    event: Event = _decode(line, "event", _EVENTS)
    return event


def _decode(line: str, tag: str, kinds: dict[str, type[Any]]) -> Any:
    try:
        data = parse_json(line)
        name = data.get(tag) if isinstance(data, dict) else None
        if not isinstance(name, str) or name not in kinds:
            raise Misfit("it is of no known kind")
        return fitted(data, kinds[name], name)
    except ValueError as error:
        raise ProtocolError(f"not a message: {line[:200]} ({error})") from error
