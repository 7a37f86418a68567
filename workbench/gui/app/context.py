"""What every place is given: the open project, the engine, actions, settings and messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from PySide6.QtCore import QObject, QSettings, Signal

from workbench.core.signal import Connections
from workbench.gui.app.actions import ActionRegistry
from workbench.gui.app.key_choices import KeyChoices
from workbench.gui.app.message_log import MessageLog

if TYPE_CHECKING:
    from workbench.core.outlines import Keypoints, Polygon, RotatedBox
    from workbench.gui.app.engine_client import EngineClient
    from workbench.gui.counting.drawn import DrawnPlaces
    from workbench.gui.style.theme import Theme
    from workbench.project.session import Session

Tone = Literal["info", "ok", "warn", "bad"]

# Plain values here are named tuples: this is imported before the first paint, and each frozen
# data class takes half a millisecond to make, five times as long.


class Ghost(NamedTuple):
    """What a model, or without a score somebody else, found where nothing is labelled: ``box``
    (xyxy pixels), perhaps with its ``outline`` or key points, as a ``label`` with ``score`` (0 to
    1). It is no label itself."""

    box: tuple[float, float, float, float]
    label: str
    score: float | None = None
    outline: Polygon | RotatedBox | Keypoints | None = None


class ImageTarget(NamedTuple):
    """Show image ``key`` in Images, with its object number ``object_index`` or ``box`` (xyxy
    pixels) selected and in view; ``back`` is the place to offer a way back to. A ``ghost`` is
    shown and brought into view, and nothing is selected. In Audio it is a clip, and the region
    between the seconds of ``span`` is selected and in view; in Videos a video, at ``frame``, with
    the track of the number ``track`` selected."""

    key: str
    object_index: int | None = None
    box: tuple[float, float, float, float] | None = None
    back: str = ""
    ghost: Ghost | None = None
    span: tuple[float, float] | None = None
    frame: int | None = None
    track: int | None = None


@dataclass(frozen=True, slots=True)
class RecordTarget:
    """Make Audio ready to record, without a clip as well."""


class AddTarget(NamedTuple):
    """Copy sound files and folders into the project, in Audio; ``labels`` is the source of a
    folder's labels, as ``workbench import --labels`` names it."""

    paths: tuple[Path, ...]
    labels: str = "auto"


class PagesTarget(NamedTuple):
    """Ask, in Images, which images are made of the files of microscopes at ``paths``."""

    paths: tuple[Path, ...]


class ClassTarget(NamedTuple):
    """Show in Images those that hold the class ``name``."""

    name: str


class ChosenTarget(NamedTuple):
    """List the samples ``keys`` alone, where samples are labelled; ``words`` say which they are,
    and ``back`` is the place to offer a way back to."""

    keys: tuple[str, ...]
    words: str
    back: str = ""


class ListenTarget(NamedTuple):
    """Say live in Audio what the model of ``run`` (its folder name) hears in the microphone;
    ``back`` is the place to offer a way back to."""

    run: str
    back: str = ""


class StepTarget(NamedTuple):
    """Do a step of a round where samples are labelled: "label" those that are worth most, have the
    newest model "suggest" on the rest, or "review" that."""

    step: str


class MapTarget(NamedTuple):
    """Show on the map of Data what is like image or sound ``key``, or like its object in ``box``
    (xyxy pixels), or its region (seconds and Hz)."""

    key: str
    box: tuple[float, float, float, float] | None = None


class DataTarget(NamedTuple):
    """Show a page of Data ("statistics", "measurements", "map", "problems", "events",
    "duplicates", "agreement"); with ``check`` look at every file at once, with ``other`` compare
    with the labels of that folder or file, with ``tracks`` measure those of videos, with
    ``crossings`` list what they cross."""

    page: str = "problems"
    check: bool = False
    other: Path | None = None
    tracks: bool = False
    crossings: bool = False


class RunTarget(NamedTuple):
    """Show run ``run`` (its folder name) in Results or Train."""

    run: str


class RecipeTarget(NamedTuple):
    """Choose the recipe ``recipe`` in Train, or show the network of that name in the place where
    it is designed; "" for any."""

    recipe: str


@dataclass(frozen=True, slots=True)
class TrainTarget:
    """Start a training in Train, as the form there says."""


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence for the person; ``action`` is what the button ``action_text`` does, and
    ``other`` what another one does. What is offered nowhere else ``stays`` until it is answered;
    what leads to a ``place`` goes when that is shown."""

    tone: Tone
    sentence: str
    action_text: str = ""
    action: Callable[[], object] | None = field(default=None, compare=False)
    stays: bool = False
    place: str = ""
    other_text: str = ""
    other: Callable[[], object] | None = field(default=None, compare=False)


class PlaceNotice(NamedTuple):
    """What is worth knowing of a place while another one is shown ("Compact #2 finished")."""

    place: str
    tone: str
    text: str


class AppContext(QObject):
    """The one object that places share; it knows no widget.

    ``log`` keeps all that is said; to open a folder, run the action "file.open".
    """

    session_changed = Signal()
    """Another project was opened or closed; read :attr:`session`."""
    place_requested = Signal(str, object)
    """(place id, target) somebody called :meth:`go`."""
    message = Signal(str, str)
    """(tone, sentence) was said to the person in the one message channel (and in Log)."""
    announced = Signal(object)
    """(:class:`Message`) the same with its button; the window shows these."""
    withdrawn = Signal(str)
    """(sentence) what was said holds no more: it goes, if it is still shown."""
    status_changed = Signal()
    """The current place's status texts should be read again."""
    notice_changed = Signal()
    """:attr:`notice` is another one: it shows in the rail and in the window's title."""
    open_wanted = Signal(object)
    """(folder) a project is to be opened in the place of this one."""
    import_wanted = Signal(object)
    """(paths) a folder was dropped in a place: it is to be imported."""

    def __init__(self, theme: Theme, engine: EngineClient | Callable[[], EngineClient],
                 settings: QSettings, log: MessageLog | None = None) -> None:
        super().__init__()
        self.theme = theme
        self._engine = engine
        self.settings = settings
        self.actions = ActionRegistry(KeyChoices(settings))
        self.log = log if log is not None else MessageLog()
        self.session: Session | None = None
        self.notice: PlaceNotice | None = None
        self.watched = Connections()
        """What would make the last message untrue."""

    @property
    def engine(self) -> EngineClient:
        """The engine; made when it is first asked for, so that the first paint needs not wait."""
        if callable(self._engine):
            self._engine = self._engine()
        return self._engine

    @cached_property
    def drawn(self) -> DrawnPlaces:
        """The lines and zones on the videos of the project."""
        from workbench.gui.counting.drawn import DrawnPlaces

        return DrawnPlaces(self, lambda: self.session, self.session_changed,
                           lambda problem: self.say("bad", problem))

    @property
    def engine_made(self) -> bool:
        """Whether somebody has asked for the engine."""
        return not callable(self._engine)

    def notify(self, notice: PlaceNotice | None) -> None:
        """Have a place marked in the rail, and told in the window's title; None ends that."""
        if notice != self.notice:
            self.notice = notice
            self.notice_changed.emit()

    def go(self, place: str, target: object = None) -> None:
        """Show a place, and there ``target`` (:class:`ImageTarget`, :class:`RunTarget`)."""
        self.place_requested.emit(place, target)

    def say(self, tone: Tone, sentence: str, action_text: str = "",
            action: Callable[[], object] | None = None, *, stays: bool = False,
            place: str = "", other_text: str = "",
            other: Callable[[], object] | None = None, detail: str = "") -> None:
        """Tell the person one sentence, and offer one thing or another to do about it ("Undo");
        the Log has ``detail`` with it."""
        self.watched.end()
        self.log.add(tone, sentence, detail=detail)
        self.announced.emit(Message(tone, sentence, action_text, action, stays, place, other_text,
                                    other))
        self.message.emit(tone, sentence)
