"""Results about whole samples of any kind, and labels that are mended there."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Generic

from PySide6.QtWidgets import QWidget

from workbench.core.classes import HOTKEYS
from workbench.core.errors import WorkbenchError
from workbench.core.text import count, plural, several, tr
from workbench.evaluation.scored import SampleT
from workbench.gui.app.undo_action import say_done, take_step
from workbench.gui.results.classifier_list import ScoredPanel, ScoredView
from workbench.gui.results.page import ResultsPage
from workbench.gui.results.shown import BarT, LoadingT, SetT, ShownT


class LabelPage(ResultsPage[LoadingT, BarT, SetT, ShownT],
                Generic[LoadingT, BarT, SetT, ShownT, SampleT]):
    """Figures at the left, the samples at the right; keys give the chosen ones other labels."""

    noun: str
    """What a sample is called ("sound")."""
    list_icon: ClassVar[str] = "images"

    panel: ScoredPanel[Any]
    view: ScoredView[SampleT]

    # --- what differs between tasks -------------------------------------------------------------

    @abstractmethod
    def make_loading(self) -> LoadingT:
        """Make what reads runs and labels."""

    @abstractmethod
    def make_panel(self) -> ScoredPanel[Any]:
        """Make the right side."""

    @abstractmethod
    def give_label(self, samples: Sequence[SampleT], name: str) -> int:
        """Give samples another label, as one step; return how many changed.

        Raises
        ------
        WorkbenchError
            If labels must not be changed; nothing was changed then.
        """

    @abstractmethod
    def current_label(self, sample: SampleT) -> str:
        """What a sample is called now."""

    @abstractmethod
    def open_sample(self, row: int) -> None:
        """Open a sample in the place where it is labelled."""

    # --- making ---------------------------------------------------------------------------------

    def make_list(self) -> QWidget:
        """Make the right side and listen to it."""
        self.panel = self.make_panel()
        self.view = self.panel.view
        self.view.samples.current_label = self.current_label
        self.notice = self.panel.notice
        self.panel.opened.connect(self.open_sample)
        self.panel.order_changed.connect(self.update_numbers)
        self.panel.cleared.connect(self.show_all)
        self.view.digit_pressed.connect(self.relabel)
        return self.panel

    def add_own_actions(self) -> None:
        super().add_own_actions()
        add, samples, context = self.add_action, several(self.noun), self._context

        def may(forward: bool) -> bool:
            session = context.session
            return session is not None and session.undo.next_step(forward) is not None

        add("list", tr("Go to the {samples}", samples=samples), self.focus_samples, ("G",),
            self.list_icon)
        add("export", tr("Save the {samples} in the list as CSV", samples=samples), self.export,
            ("Ctrl+Shift+E",), "export")
        add("undo", "Undo", partial(take_step, context), ("Ctrl+Z",), "undo", menu="Edit",
            may=partial(may, False))
        add("redo", "Redo", partial(take_step, context, forward=True), ("Ctrl+Shift+Z", "Ctrl+Y"),
            "redo", menu="Edit", may=partial(may, True))
        self.add_label_actions()

    def add_label_actions(self) -> None:
        """Register the keys that give a label."""
        for digit in HOTKEYS:
            self.add_action(f"class_{digit}", tr("Relabel with class {digit}", digit=digit),
                            partial(self.relabel, digit), (digit,), "tag", menu="",
                            may=lambda: self.view.chosen_rows())

    # --- what the page shows --------------------------------------------------------------------

    def forget_samples(self) -> None:
        self.panel.forget()

    def classes_shown(self) -> None:
        """Say which key gives which class."""
        session = self._context.session
        classes = session.classes if session is not None else None
        keyed = ((digit, classes.for_hotkey(digit)) for digit in HOTKEYS) if classes else ()
        self.panel.set_classes([(digit, name) for digit, name in keyed if name is not None])

    def labels_shown(self) -> None:
        self.view.viewport().update()

    def focus_samples(self) -> None:
        self.area.show_part(1)
        if self.view.row is None and self.view.samples.rowCount():
            self.view.set_row(0)
        self.view.setFocus()

    # --- mending labels -------------------------------------------------------------------------

    def relabel(self, digit: str) -> None:
        """Give all selected samples the class on a digit key."""
        session = self._context.session
        name = session.classes.for_hotkey(digit) if session is not None else None
        if name is not None:
            self.give_chosen(name)

    def give_chosen(self, name: str) -> None:
        """Give all selected samples a label, and say so."""
        rows = self.view.chosen_rows()
        if not rows or self.snapshot is None:
            return
        samples = [self.view.samples.sample(row) for row in rows]
        try:
            changed = self.give_label(samples, name)
        except WorkbenchError as error:
            self._context.say("warn", error.sentence())
            return
        if changed and self._context.session is not None:
            say_done(self._context, self._context.session,
                     self.given_words(changed, name, samples))

    def given_words(self, changed: int, name: str, samples: Sequence[SampleT]) -> str:
        """What was done."""
        return tr("{samples} “{name}” now.", name=name,
                  samples=count(changed, f"{self.noun} is", f"{plural(self.noun)} are"))
