"""What Predict shows of the answers of a task's models. Importing this imports no Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from workbench.extension.saving import Limits
from workbench.extension.window import Make

if TYPE_CHECKING:
    from workbench.core.arrays import BoolArray


class Limit(NamedTuple):
    """A slider over answers: its id, its name, its range and first value, an explanation, the
    smallest difference, and what is said in place of its least value."""

    id: str
    title: str
    least: float
    most: float
    first: float
    help: str
    step: float = 0.01
    least_text: str = ""


class AudiblePart(NamedTuple):
    """Something in an answer about a sound that can be heard: where it is drawn (``QRectF``), and
    from when to when it is, in seconds."""

    areas: Sequence[Any]
    start: float
    end: float


class RegionInSound(NamedTuple):
    """Where a class is heard in a sound: from and to when, in seconds, and between which
    frequencies, in Hz, where that is known."""

    label: str
    score: float
    start: float
    end: float
    low: float | None = None
    high: float | None = None
    whole: bool = False
    """Whether it is the sound as a whole, of one that is too short to have parts."""


FoundThing: TypeAlias = "tuple[str, Sequence[float] | BoolArray | None]"
"""A class, and where it is: the box (xyxy, in any unit), or the pixels (bool (h, w), spread evenly
over the image, at whatever size); None for the file as a whole."""


@dataclass(frozen=True, slots=True)
class PredictionDisplay:
    """How Predict shows what models of a task answer.

    Answers are plain data as :meth:`~workbench.extension.engine_task.EngineTask.predict_each` gives
    them. All functions but ``paint`` are called on any thread.
    """

    limits: tuple[Limit, ...]
    """The sliders."""
    asked: Limits
    """What "score_thresh" and "nms_thresh" the engine is asked with: so low that the sliders have
    something to choose from."""
    pack: Callable[[Mapping[str, Any]], Any]
    """What is kept of an answer, small: there may be a hundred thousand."""
    shown: Callable[[Any, Limits], Mapping[str, Any]]
    """From that and the sliders' values to the answer as it is now."""
    count: Callable[[Any, Limits], tuple[Mapping[str, int], float]]
    """From the same to how many things of each class there are, and the best score (0 where there
    is nothing), of a task with ``shares`` how sure they are on the whole; asked of all answers
    while a slider is moved."""
    paint: Make
    """Called with a painter, the file's picture's place in the widget (a ``QRectF``; for a sound
    all there is), such an answer, a function from class to ``QColor`` and the theme."""
    picture: bool = True
    """Whether the files are images."""
    audible: Make | None = None
    """Called with the place that ``paint`` is given and such an answer: what in it can be heard, as
    a sequence of :class:`AudiblePart`; None for what is no sound."""
    regions: Callable[[Mapping[str, Any]], Sequence[RegionInSound]] | None = None
    """From an answer to the regions of the sound in which something is heard, by their beginning;
    they are shown on its spectrogram. None for what is no sound."""
    listens: bool = False
    """Whether its models can hear the microphone, in Audio."""
    suggests: Callable[[Any], bool] | None = None
    """Whether what was kept of an answer can be suggestions in Images, or Audio; None where no
    answer can."""
    class_limits: bool = False
    """Whether each class can have a least score of its own."""
    whole: bool = False
    """Whether an answer says one thing about the file as a whole: then files are counted."""
    shares: Callable[[Any, Limits], Mapping[str, float]] | None = None
    """From what was kept and the sliders' values to which share of the file each class that was
    found covers, 0..1: shown in percent in place of how many things there are. Then ``count`` says
    1 for each class that is there. None where things are counted; asked as often as ``count``."""
    also: tuple[str, ...] = ()
    """What is said of files besides the classes of a model; each has a colour of its own."""
    found: tuple[str, str] = ("object", "objects")
    """What is counted, one and several."""
    things: Callable[[Mapping[str, Any]], Sequence[FoundThing]] | None = None
    """From an answer to what was found, the surest first, to compare models; None where that means
    nothing."""
