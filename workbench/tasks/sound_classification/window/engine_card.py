"""What the two cards about models share: which model, and the engine's answers to one job."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QComboBox

from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.gui.widgets import Card
from workbench.jobs.commands import Command, Control
from workbench.jobs.message import is_about
from workbench.project.runs import list_runs
from workbench.tasks.sound_classification.kind import ID

_MOST_RUNS = 30


class EngineCard(Card):
    """A card that asks the engine about sounds; folded until somebody wants it.

    The engine is spoken to when the card is first used, never by making it.
    """

    def __init__(self, title: str, context: AppContext) -> None:
        super().__init__(title)
        self._context = context
        self._connected = False
        self._job = ""
        self.box = QComboBox()
        self.box.setAccessibleName(tr("Model: {title}", title=title))
        self.box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(10)
        self.add_to_head(self.box)

    def fill_box(self, first: Iterable[tuple[str, str]] = ()) -> None:
        """Offer ``(value, words)`` and then the project's runs on sounds, the newest first."""
        session = self._context.session
        runs = list_runs(session.folder)[:_MOST_RUNS] if session is not None else []
        entries = [*first, *((f"run:{run.name}", run.name) for run in runs
                             if run.best_path.is_file() and run.task == ID)]
        if [self.box.itemData(at) for at in range(self.box.count())] == [e[0] for e in entries]:
            return
        chosen = self.box.currentData()
        blocked = self.box.blockSignals(True)
        self.box.clear()
        for value, words in entries:
            self.box.addItem(words, value)
        self.box.setCurrentIndex(max(0, self.box.findData(chosen)))
        self.box.blockSignals(blocked)

    def begin(self, make: Callable[[str], Command]) -> None:
        """Send the command that ``make`` gives for a new job; the old one is called back."""
        self.end()
        engine = self._context.engine
        if not self._connected:
            self._connected = True
            engine.event.connect(self._take)
        if engine.state == "off":
            engine.start()
        self._job = engine.new_job()
        engine.send(make(self._job))

    def end(self) -> None:
        """Call the job back."""
        job, self._job = self._job, ""
        if job:
            self._context.engine.send(Control(job, "stop"))

    def _take(self, event: object) -> None:
        if is_about(event, self._job):
            self.answered(event)

    def answered(self, event: object) -> None:
        """An event of the job."""
        raise NotImplementedError
