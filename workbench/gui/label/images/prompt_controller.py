"""The model that finds things by clicks: its files, its process, and what it is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject

from workbench.core.text import tr
from workbench.gui.background.gui_thread import GuiThreadCaller

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.label.images.tool_view import ToolView
    from workbench.jobs.commands import Command
    from workbench.jobs.events import Event, MaskFound

TOOL = "prompt"
_STORED = "images/prompted_model"
_OPENING = "open"

Prompt = tuple[float, float, int]
"""x and y in pixels of the image; 1 for inside, 0 for outside, 2 and 3 for the corners of a box."""


def _needed() -> str:
    return tr("Finding things by clicks needs a model: an encoder and a decoder of Segment "
              "Anything, MobileSAM, EfficientSAM or SAM 2 as ONNX files.")


class _EngineProcess(Protocol):
    on_event: Callable[[Event], None]
    on_exit: Callable[[int, str], None]

    def start(self) -> None: ...
    def send(self, command: Command) -> None: ...
    def stop(self, seconds: float) -> None: ...


def _process() -> _EngineProcess:
    import sys

    from workbench.jobs.runner import EngineProcess

    return EngineProcess((sys.executable, "-m", "workbench.engine.prompted"))


class PromptController(QObject):
    """Keeps a process with an encoder and a decoder for one canvas while it is needed.

    The picture that is shown is looked at when the tool is chosen, and the next one after it.

    Parameters
    ----------
    ahead
        Files of the pictures that come next.
    """

    def __init__(self, canvas: ToolView, context: AppContext,
                 ahead: Callable[[], Sequence[Path]]) -> None:
        super().__init__(canvas)
        self._canvas, self._context, self._ahead = canvas, context, ahead
        self._process: _EngineProcess | None = None
        self._poster = GuiThreadCaller(self)
        self._number = 0
        self._then: Callable[[MaskFound | None], None] | None = None
        self._chosen: list[str] = []  # just now: kept when they turn out to be a pair
        self.ready = self.opening = False
        self.looked_at: set[str] = set()
        editor = canvas.editor
        editor.mode_changed.connect(self._look)
        editor.sample_changed.connect(self._look)
        if self.wanted:
            self._look()

    @property
    def files(self) -> list[str]:
        """Those that a person chose, in this or an earlier session."""
        stored = self._context.settings.value(_STORED, [])
        return [str(item) for item in stored] if isinstance(stored, list) else []

    @property
    def wanted(self) -> bool:
        """Whether the tool is in the hand."""
        tool = self._canvas.tool
        return tool is not None and tool.id == TOOL

    def choose_files(self) -> None:
        """Ask for the two files, and try them."""
        from PySide6.QtWidgets import QFileDialog

        last = str(Path(self.files[0]).parent) if self.files else str(Path.home())
        names, _ = QFileDialog.getOpenFileNames(
            self._canvas.window(), tr("Encoder and decoder: choose both files"), last,
            tr("ONNX models (*.onnx)"))
        if names:
            self.open(names)

    def open(self, names: Sequence[str]) -> None:
        """Segment with these files from now on."""
        from workbench.jobs.commands import OpenPair

        self._chosen = list(names)
        self.ready, self.opening = False, True
        self.looked_at.clear()
        self._context.say("info", tr("Opening the model …"))
        self._send(OpenPair(_OPENING, self._chosen))

    def offer(self) -> None:
        """Say that the files are to be chosen first."""
        self._context.say("info", _needed(), tr("Choose files…"), self.choose_files)

    def find(self, prompts: Sequence[Prompt], then: Callable[[MaskFound | None], None]) -> None:
        """Call ``then`` with what the prompts mean, or None where that cannot be said; an earlier
        question is forgotten."""
        from workbench.jobs.commands import FindMask

        self._number += 1
        self._then = then
        self._send(FindMask(str(self._number), self._file(), list(prompts)))

    def is_looked_at(self) -> bool:
        """Whether an answer about the picture that is shown needs no look at it any more."""
        return self._file() in self.looked_at

    def close(self) -> None:
        """End the process."""
        self._poster.close()
        if self._process is not None:
            self._process.stop(0.0)  # it has nothing to save

    # --- what goes on ---------------------------------------------------------------------------

    def _file(self) -> str:
        session, key = self._canvas.editor.session, self._canvas.editor.key
        return str(session.index.path(key)) if session is not None and key else ""

    def _look(self) -> None:
        """The tool or the picture is another: be ready for it."""
        if not self.wanted:
            self._context.withdrawn.emit(_needed())
        if not self.wanted or not self._file():
            return
        from workbench.jobs.commands import Embed  # not before the first picture is painted

        if self._process is None and not self._chosen:
            if self.files:
                self.open(self.files)
            else:
                self.offer()
                self._chosen = [""]  # offered once
        elif self.ready:
            files = [self._file(), *(str(path) for path in self._ahead()[:1])]
            if any(file not in self.looked_at for file in files):
                self._send(Embed(files))

    def _send(self, command: Command) -> None:
        if self._process is None:
            process = _process()
            process.on_event = lambda event: self._poster(lambda: self._heard(event))
            process.on_exit = lambda code, reason: self._poster(lambda: self._ended(reason))
            try:
                process.start()
            except OSError as error:
                self._context.say("bad", tr("The model's process does not start: {error}.",
                                            error=error))
                return
            self._process = process
        self._process.send(command)

    def _heard(self, event: Event) -> None:
        from workbench.jobs.events import Embedded, Failed, MaskFound, PairReady

        if isinstance(event, PairReady):
            self.ready, self.opening = True, False
            self._context.settings.setValue(_STORED, self._chosen)
            self._context.say("ok", tr("The model is ready."))
            self._look()
        elif isinstance(event, Embedded):
            if not event.problem:
                self.looked_at.add(event.file)
            self._canvas.show_gesture()
        elif isinstance(event, MaskFound) and event.job == str(self._number):
            self._answer(event)
        elif isinstance(event, Failed) and event.job == _OPENING:
            self._chosen, self.opening = [""], False
            self._context.say("bad", event.message, tr("Choose files…"), self.choose_files)
        elif isinstance(event, Failed) and event.job == str(self._number):
            self._canvas.editor.refused.emit(event.message)
            self._answer(None)

    def _answer(self, found: MaskFound | None) -> None:
        then, self._then = self._then, None
        if then is not None:
            then(found)

    def _ended(self, reason: str) -> None:
        self._process, self._chosen = None, [""]
        self.ready = self.opening = False
        self.looked_at.clear()
        self._context.say("bad", tr("The model's process ended: {reason}.", reason=reason),
                          tr("Start it again"), lambda: self.open(self.files))
        self._answer(None)


def desk_of(canvas: ToolView) -> PromptController | None:
    """That of a canvas; None where it has none (in videos)."""
    found = canvas.findChild(PromptController)
    return found if isinstance(found, PromptController) else None
