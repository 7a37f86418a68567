"""What the window asks of the engine; how it travels is in :mod:`workbench.jobs.protocol`."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.core.plain import JSON
from workbench.jobs.message import EngineMessage, JobMessage

HEARD_FROM = 0.6
"""Least probability from which a class counts as heard, live and in long recordings."""


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What a person chose before pressing Train; all of it may be left at its default.

    ``recipe`` "auto" lets the engine choose. Exactly one of ``epochs`` and ``minutes`` may be set;
    with neither, the recipe's own length is used. With ``until_best`` the run goes on until the
    score on validation images does not rise any more, for ``epochs`` at most. ``settings`` hold
    only what differs from the recipe's schema. ``start_from`` is "auto", "none", "pretrained", a
    run's name or a file. ``teacher`` is the run whose model labels what is unlabelled for the one
    that is trained, "" for none; see :mod:`workbench.engine.training.teaching`. ``task`` is the id
    of what is learned where ``recipe`` leaves it open, "" for what the project is about.
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
    teacher: str = ""
    task: str = ""


class Preflight(JobMessage, tag="preflight"):
    project: str
    request: TrainRequest


class Train(JobMessage, tag="train"):
    project: str
    request: TrainRequest


class ResumeRun(JobMessage, tag="resume-run"):
    """Go on with a run that was stopped, killed or paused, from its last checkpoint."""

    project: str
    run: str


class Control(JobMessage, tag="control"):
    """Steer the running job: ``pause``, ``unpause``, ``stop`` (keep the best), ``cancel``, or
    ``aside`` (a training answers the questions to models that wait, and goes on)."""

    action: str


class Evaluate(JobMessage, tag="evaluate"):
    """Make the raw predictions of a run on a split, unless they are stored already."""

    project: str
    run: str
    split: str


class EvaluateRounds(JobMessage, tag="judge"):
    """Judge the models of all rounds of a project on the samples that are held back now.

    Answered with Finished, whose result is ``{"rounds": …}``, see
    :func:`workbench.engine.rounds.evaluate_rounds`.
    """

    project: str


class Predict(JobMessage, tag="predict"):
    """Ask the model of ``run`` about files of any place.

    All answers come at the end in Finished, or with ``stream`` as :class:`Predictions` while they
    are found, and Finished counts them. The limits are for detectors that stream. ``videos`` says
    for some of the files at which frame to begin and by how many to go on. ``then`` is the folder
    of another run, of any project, whose model is asked about the boxes of the classes
    ``then_only`` ([] for all); "" for none. With ``gate`` a model of sounds hears only what is
    louder than the background of a recording.
    """

    project: str
    run: str
    files: list[str]
    stream: bool = False
    score_thresh: float = 0.25
    nms_thresh: float = 0.5
    videos: dict[str, list[int]] = field(default_factory=dict)
    then: str = ""
    then_only: list[str] = field(default_factory=list)
    gate: bool = False


class Export(JobMessage, tag="export"):
    """Write the model of ``run`` to ``file`` for other programs, with the thresholds in it.

    ``format`` is an id in :data:`workbench.extension.exports.export_formats`.
    """

    project: str
    run: str
    file: str
    format: str = "onnx"
    score_thresh: float = 0.25
    nms_thresh: float = 0.5


class Listen(JobMessage, tag="listen"):
    """Hear classes in a stream with the model of ``run``, until Control ends the job.

    The stream comes as :class:`AudioChunk` of the same job, at ``sample_rate`` Hz; what is heard
    as :class:`ListenResult`. ``threshold`` is the least probability of a class that counts,
    ``gate_db`` the level in dBFS below which there is silence.
    """

    project: str
    run: str
    sample_rate: int
    channels: int = 1
    threshold: float = HEARD_FROM
    gate_db: float = -50.0
    device: str = "cpu"


class AudioChunk(JobMessage, tag="audio-chunk"):
    """Sound for a :class:`Listen`: base64 of little-endian int16, channels interleaved."""

    pcm: str


class Watch(JobMessage, tag="watch"):
    """Look at the pictures of a camera with the model of ``run``, until Control ends the job.

    They come as :class:`CameraFrame` of the same job; what is seen as :class:`WatchResult`. Of
    several that wait, only the newest is looked at. ``then`` and ``then_only`` are as of
    :class:`Predict`.
    """

    project: str
    run: str
    score_thresh: float = 0.25
    nms_thresh: float = 0.5
    then: str = ""
    then_only: list[str] = field(default_factory=list)


class CameraFrame(JobMessage, tag="camera-frame"):
    """A picture for a :class:`Watch`: its number, and base64 of a JPEG."""

    number: int
    jpeg: str


class Explain(JobMessage, tag="explain"):
    """Show what a model sees of an image or sound, as ``method`` explains it.

    ``run`` names a trained model; without one it is what ``request`` would train. ``end`` 0 takes
    the whole clip, else the region of ``start`` to ``end`` seconds. Another ``seed`` draws other
    variations. ``method`` is an id in
    :data:`workbench.extension.explanations.explanation_methods`; "" is the task's usual one.
    Answered with :class:`Explained`, then Finished.
    """

    project: str
    file: str
    run: str = ""
    request: TrainRequest = field(default_factory=TrainRequest)
    start: float = 0.0
    end: float = 0.0
    seed: int = 0
    method: str = ""


class Describe(JobMessage, tag="describe"):
    """Find out about samples what a quick model in the window learns from, and keep it in the
    project's cache.

    ``files`` are paths relative to the project. Answered with Finished, whose result is the task's
    own; unreadable files are in its list "unreadable".
    """

    project: str
    task: str
    files: list[str]


class Vary(JobMessage, tag="vary"):
    """Show some images of a project as the training of ``request`` would see them.

    Another ``draw`` takes other images and varies them otherwise. Answered with Finished, see
    :func:`workbench.engine.training.augmentation_previews.vary`.
    """

    project: str
    request: TrainRequest
    draw: int = 0


class Arrange(JobMessage, tag="arrange"):
    """Put the samples of a project, or the objects on them, on a map by how much they look alike.

    ``what`` is :data:`~workbench.formats.sample_maps.SAMPLES` or
    :data:`~workbench.formats.sample_maps.OBJECTS`. Answered with Progress, and Finished, whose
    result is ``{"map": PATH, "unreadable": [KEY, …]}``.
    """

    project: str
    what: str = "samples"


class FindAlike(JobMessage, tag="find_alike"):
    """Look at one sample, or one object in ``box`` (xyxy pixels; start, low, end and high of a
    region), that is not on the map of a project, and find which points there are most like it.

    Answered with Progress, and Finished, whose result is ``{"rows": [ROW, …], "similarity":
    [COSINE, …]}``, the most alike first.
    """

    project: str
    what: str
    key: str
    box: tuple[float, float, float, float] | None = None


class OpenPair(JobMessage, tag="open_pair"):
    """Segment by clicks from now on with two ONNX files, in the process of
    :mod:`workbench.engine.prompted`. Answered with PairReady, or Failed."""

    files: list[str]


class Embed(EngineMessage, tag="embed"):
    """Look at pictures before they are asked about, in this order; what waits and is not among them
    is forgotten. Answered with Embedded for each."""

    files: list[str]
    job: str = ""


class FindMask(JobMessage, tag="find_mask"):
    """Find what the prompts mean in a picture: points ``[x, y, label]`` in its pixels, of which the
    label is 1 for what belongs to it, 0 for what does not, 2 and 3 for the upper left and lower
    right corner of a box. Answered with MaskFound, or Failed."""

    file: str
    prompts: list[tuple[float, float, int]]


class Shutdown(EngineMessage, tag="shutdown"):
    pass


Command = (
    Preflight | Train | ResumeRun | Control | Evaluate | EvaluateRounds | Predict | Export | Listen
    | AudioChunk | Watch | CameraFrame | Explain | Describe | Vary | Arrange | FindAlike
    | OpenPair | Embed | FindMask | Shutdown
)
