"""What tasks and plugins bring to the window. Importing this imports no Qt.

Whatever is drawn is named as ``"package.module:NAME"`` and imported when it is first needed. What
the first paint needs are named tuples: a frozen data class takes half a millisecond to make.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from workbench.extension.registry import Registry, load

Make = str | Callable[..., Any]
"""What makes a part of the window: a callable, or ``"package.module:NAME"`` of one."""


def make(what: Make, *arguments: Any) -> Any:
    """Make a part of the window; its module is imported by this."""
    return (load(what) if isinstance(what, str) else what)(*arguments)


# --- places ---------------------------------------------------------------------------------------


class SearchEntry(NamedTuple):
    """What the palette finds of a place from everywhere, also before the place was made.

    ``words`` are what people may look for it by. ``action`` is the end of an action's id that is
    run when the place is shown and it can ("model" for "results.model"); "" only goes there.
    """

    text: str
    words: str
    icon: str = ""
    action: str = ""


class Place(NamedTuple):
    """An entry of the rail."""

    id: str
    title: str
    icon: str
    """Its name in the program, its name for people, and an icon of the program's."""
    factory: Make
    """Called with the window's context when the place is first shown; gives a ``QWidget``, which
    may have the hooks of :class:`PlaceHooks`."""
    needs_project: bool = True
    """False for a place that has something to show without one."""
    finds: tuple[SearchEntry, ...] = ()
    """What the palette finds of it."""
    media: str = ""
    """ "images", "sounds" or "videos" for one that is about these only, and hidden where there are
    none. Of the places in which tasks of one medium are labelled only that of the project's task
    shows."""
    after: str = ""
    """Id of the place below which it stands in the rail, whose key it has too; "" for the end."""
    passing: bool = False
    """It is not in the rail: the place that it comes ``after`` leads to it, and is marked there
    meanwhile."""
    below: str = ""
    """As ``after``, but it has a key of its own."""


@runtime_checkable
class PlaceHooks(Protocol):
    """What a place is told, if it has all of these methods."""

    def entered(self, target: object = None) -> None:
        """The place became visible, perhaps to show ``target``."""

    def left(self) -> None:
        """Another place became visible."""

    def close_down(self) -> None:
        """The window closes: end the threads."""


# --- cards, tools, actions ------------------------------------------------------------------------


class PlaceCard(NamedTuple):
    """A card in a place: below the pictures of a place for labelling ("images", "audio").

    ``factory`` is called with the context and the place, and gives a ``QWidget``, which may have
    the hooks of :class:`CardHooks`.
    """

    id: str
    place: str
    factory: Make


@runtime_checkable
class CardHooks(Protocol):
    """What a card is told, if it has all of these methods."""

    def project_changed(self) -> None:
        """Another project is open, or none."""

    def left(self) -> None:
        """Another place became visible."""

    def close_down(self) -> None:
        """The window closes: end the threads."""


class Gesture(Protocol):
    """What a labelling tool does from pressing the mouse to letting it go.

    Points are ``(x, y)`` in the view, in logical pixels; ``canvas.viewport.to_image(point)`` gives
    those of the image, ``canvas.box_drawn(box)`` labels a box. ``cursor`` is a ``Qt.CursorShape``.
    """

    cursor: Any

    def move(self, point: tuple[float, float], modifiers: Any) -> None:
        """The mouse went on."""

    def finish(self) -> None:
        """The button was let go: make the edit."""

    def cancel(self) -> None:
        """Leave everything as it was before."""

    def dirty(self) -> Any:
        """The ``QRectF`` of the view that :meth:`paint` covers now."""

    def paint(self, painter: Any) -> None:
        """Paint what is not an edit yet."""


@runtime_checkable
class MultiClickGesture(Gesture, Protocol):
    """A gesture that goes on after the button is let go, until it is ``done``: a polygon, click by
    click. It begins with the press that makes it; ``finish`` is called when it is done, or when
    another command is to begin."""

    done: bool
    """Whether nothing more is to come; looked at after each press, release and key."""
    keys: frozenset[int]
    """Numbers of the keys (``Qt.Key``) that it takes, also where they are shortcuts."""

    def press(self, point: tuple[float, float], modifiers: Any) -> None:
        """The left button was pressed again."""

    def release(self, point: tuple[float, float], modifiers: Any) -> None:
        """The left button was let go."""

    def key(self, key: int, modifiers: Any) -> None:
        """One of ``keys`` was pressed; Ctrl+Z comes as Backspace, the right button as the number
        of ``Qt.MouseButton.RightButton``."""


class SizeRange(NamedTuple):
    """What a tool has a slider for above the picture: its title, the least and the most."""

    title: str
    least: float
    most: float


class ToolController:
    """What a labelling tool does beside its gestures while it is chosen; made with the canvas when
    it is taken. This one is that of a tool which names none."""

    cursor: Any = None
    """The ``Qt.CursorShape`` between gestures; None is a cross."""
    size_range: SizeRange | None = None
    """Of :attr:`size`, where the tool has one."""
    paints: bool = False
    """Whether it paints masks, and goes on with the one that is selected."""
    edits: bool = True
    """Whether it changes labels; a tool that only looks is there where these cannot be changed."""

    def __init__(self, canvas: Any) -> None:
        self.canvas = canvas

    @property
    def size(self) -> float:
        """What the slider above the picture changes."""
        return 0.0

    @size.setter
    def size(self, size: float) -> None:
        raise NotImplementedError

    def resize(self, steps: int) -> None:
        """Make :attr:`size` larger (+1) or smaller (-1)."""

    def status(self) -> str:
        """What the status bar says beside the tool's title, or ""."""
        return ""

    def let_go(self) -> bool:
        """Let the next gesture begin another object; False where it does so anyway."""
        return False

    def step_taken(self) -> None:
        """Undo or redo was used, and what it changed is selected."""

    def is_locked(self, point: tuple[float, float], modifiers: Any) -> bool | None:
        """Whether nothing can be done at ``point`` because a class is locked, which has been said;
        None asks whether the current class is."""
        return None

    def pointed(self, point: tuple[float, float]) -> int | None:
        """Which object at ``point`` of the view Del removes where none is selected; None for
        none."""
        return None

    def area(self) -> Any:
        """The ``QRectF`` of the view that :meth:`paint` covers now, or None."""
        return None

    def paint_below(self, painter: Any) -> None:
        """Paint what lies on the picture, below all else."""

    def paint(self, painter: Any) -> None:
        """Paint what lies above all else."""


class LabellingTool(NamedTuple):
    """A way of drawing labels with the mouse, in the place "images".

    While it is chosen, a press of the left button calls ``gesture`` with the canvas and the point,
    which gives a :class:`Gesture` or a :class:`MultiClickGesture`; it is told the keys that are
    held (``Qt.KeyboardModifier``) where it takes a third argument called ``modifiers``. ``hint`` is
    said below the canvas meanwhile: how it is used, in a few words. ``shape`` is the kind of what
    it draws, as :mod:`workbench.extension.holds` names it: where labels have no place for that, the
    tool is not offered. ``controller`` is a :class:`ToolController`, for a tool with a size, a
    cursor or marks of its own.
    """

    id: str
    title: str
    gesture: Make
    keys: tuple[str, ...] = ()
    icon: str = ""
    place: str = "images"
    hint: str = ""
    shape: str = ""
    controller: Make = ToolController
    words: str = ""
    """What people may look for it by in the palette, beside its title."""


class WindowAction(NamedTuple):
    """Something a person can do, in menus, palette and by keys."""

    id: str
    """Dotted; with ``place`` it begins with the place's id ("images.count")."""
    text: str
    """What menu and palette say."""
    run: Make
    """Called with the context."""
    keys: tuple[str, ...] = ()
    """Shortcuts in Qt's portable text ("Ctrl+Shift+Z"); the first is shown."""
    place: str = ""
    """Place in which it can be done; "" for everywhere."""
    menu: str = ""
    icon: str = ""
    """Name of the menu that it stands in, "" for none; an icon of the program's."""
    enabled: Callable[[Any], bool] = lambda context: True
    """Called with the context: whether it can be done now."""


# --- tasks ----------------------------------------------------------------------------------------


class SplitOption(NamedTuple):
    """A split that a training can use: its value in a request, its words, an explanation."""

    value: str
    text: str
    help: str = ""


class LabelSummary(Protocol):
    """What an open project (a :class:`workbench.project.session.Session`) offers to learn from."""

    def is_unlabelled(self, session: Any) -> bool:
        """Whether it is certain that there is nothing to learn from."""

    def words(self, session: Any) -> str:
        """How much is labelled ("292 images, 3 classes.")."""

    def splits(self, session: Any) -> list[SplitOption]:
        """The splits that a training can use, but for those that lie in ``splits/``."""

    def watch(self, session: Any, changed: Callable[[], None]) -> Sequence[Callable[[], None]]:
        """Call ``changed`` when there is more or less to learn from; gives what ends that."""


@runtime_checkable
class LabelKinds(Protocol):
    """A :class:`LabelSummary` of a task whose labels may be of several kinds."""

    def label_kind(self, session: Any) -> str:
        """What labels are, as in :attr:`workbench.core.schema.Field.label_kinds`; settings that
        change nothing for them are not offered."""


@runtime_checkable
class LabellingProgress(Protocol):
    """A :class:`LabelSummary` that knows how far a project is labelled."""

    def labelling(self, session: Any, run: str) -> Any:
        """A ``workbench.project.rounds.LabellingState``; ``run`` is that of the newest model, ""
        for none."""


@runtime_checkable
class LabelFit(Protocol):
    """A :class:`LabelSummary` that can tell labels which its task is made for."""

    def fits(self, session: Any) -> str:
        """Why a person may want to learn this from the labels of a project, in a sentence; ""
        where nothing speaks for it."""


class Previews(Protocol):
    """A card of Train, a ``QWidget``, that shows what the model makes of a few samples."""

    def show_history(self, history: Any) -> None:
        """Show the previews of a run (a ``RunHistory``) from now on; None for no run."""

    def refresh(self) -> None:
        """Read the newest previews."""

    def close_down(self) -> None:
        """End the threads."""


class WindowTask(NamedTuple):
    """What a task brings to the window."""

    place: str
    """Id of the place in which its labels are made."""
    sample: str
    """What a model learns from ("image", "sound"), one of them."""
    metric: str
    """The figure by which the best epoch is chosen, before the first one is measured."""
    no_labels: tuple[str, str, str]
    """Title, text and button of Train while nothing is labelled."""
    results: Make
    """Called with the context: the page in Results, a ``QWidget`` that may have the methods of
    :class:`PlaceHooks`; the target it is entered with has the ``run`` that is to be shown."""
    previews: Make
    """Called with the theme and the project's files: a :class:`Previews`; "" for none."""
    data: str
    """What a project offers to learn from, a :class:`LabelSummary`."""
    answers: str = ""
    """``"package.module:NAME"`` of a
    :class:`~workbench.extension.predictions.PredictionDisplay`; "" where Predict cannot show
    any."""
    designer: str = ""
    """Id of the place in which people make recipes of their own; "" for none."""
    outputs: str = ""
    """``"package.module:function"``, for the designer: called with the session, how many numbers a
    model of the labels of now gives."""
    tool: str = ""
    """Id of the :class:`LabellingTool` with which its labels begin; "" for the usual one."""
    one_class: bool = False
    """Whether each pixel of an image has one class: what is painted then takes its pixels from
    masks of other classes, and choosing a class while painting goes on with that class."""
    purpose: str = ""
    """What a model answers and when a person wants that, in a sentence or two: where the same
    labels can be learned in several ways."""
    needs_labels: bool = True
    """Whether something has to be labelled first: what needs nothing can be learned in all projects
    of its medium, wherever these are labelled."""
    choose_results: Make = ""
    """Where there are several pages in Results: called with the session, and with the folder of the
    run that is to be shown or None, it gives what makes the page."""


places: Registry[Place] = Registry("place")
"""The places in the order of the rail."""
cards: Registry[PlaceCard] = Registry("card")
labelling_tools: Registry[LabellingTool] = Registry("labelling tool")
actions: Registry[WindowAction] = Registry("action")
