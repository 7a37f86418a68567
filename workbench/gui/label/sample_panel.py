"""The left panel: a filter, chips with counts, and the list of samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QLayout, QWidget

from workbench.core.signal import Connections
from workbench.core.text import tr
from workbench.gui.label.filter_menu import FilterMenu
from workbench.gui.label.sample_filter import SampleFilter
from workbench.gui.label.sample_model import SampleSource
from workbench.gui.label.sample_view import SampleView
from workbench.gui.style import tokens
from workbench.gui.widgets import row
from workbench.gui.widgets.filter_panel import FilterPanel
from workbench.gui.widgets.key_words import with_keys
from workbench.project.labelled_by import labelled_by_of
from workbench.project.session import Session
from workbench.project.statistics.facts import facts_of


class SamplePanel(FilterPanel):
    """Finds and lists samples of one medium."""

    chosen = Signal(str)
    """(key) a person went to this sample."""
    menu_wanted = Signal(str, QPoint)
    """(key or "", place on the screen) the context menu is asked for."""

    make_filter: ClassVar[type[SampleFilter]] = SampleFilter
    """Of a text and a chip."""
    chip_words: ClassVar[Mapping[str, str]] = {}
    """By chip, what is said where it alone shows nothing."""
    no_fit: ClassVar[str] = ""
    """What is said where another filter shows nothing."""

    def __init__(self, hint: str, help: str, chips: Iterable[tuple[str, str]], view: SampleView,
                 parent: QWidget | None = None) -> None:
        chips = tuple(chips)
        super().__init__(hint, help, chips, parent)
        view.setParent(self)  # never for a moment a window of its own
        self.view = view
        self.source: SampleSource | None = None
        self._ids = [id for id, _ in chips]
        self.menu = FilterMenu(self.field, self.make_filter)
        self._connections = Connections()
        view.chosen.connect(self.chosen)
        view.accepted.connect(self.accepted)
        view.seen_changed.connect(self.look_at_seen)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._menu)
        view.samples.modelReset.connect(self.show_state)
        view.samples.rowsInserted.connect(self.show_state)

    def arrange(self, view: QWidget, beside: Sequence[QWidget] = (),
                below: Sequence[QWidget] = ()) -> None:
        super().arrange(view, beside, below)
        self.field.returnPressed.connect(self._open_first)  # when the filter was applied

    def first_line(self) -> QLayout:
        return row((self.field, 1), self.menu, spacing=tokens.SPACE_XS)

    @property
    def stops(self) -> list[QWidget]:
        """What Tab goes through."""
        return [self.field, self.menu, *(self.chips[id] for id in self._ids), self.clear_button,
                self.view]

    # --- what a medium says ---------------------------------------------------------------------

    def source_of(self, session: Session) -> SampleSource:
        """The samples of a project."""
        raise NotImplementedError

    def counts(self) -> Mapping[str, int]:
        """How many samples each chip would show; there is a source."""
        raise NotImplementedError

    def nothing_words(self) -> str:
        """What is said of a project without samples."""
        raise NotImplementedError

    def close_threads(self) -> None:
        """The program ends."""
        if self.view.samples.facts is not None:
            self.view.samples.facts.close()

    def look_at_seen(self) -> None:
        """Other rows are in view."""

    def project_changed(self, session: Session | None) -> None:
        """Another project is to be listed."""

    # --- the project ----------------------------------------------------------------------------

    def set_session(self, session: Session | None) -> None:
        """List the samples of another project."""
        self._connections.end()
        source = self.source = self.source_of(session) if session is not None else None
        self.project_changed(session)
        self.menu.set_session(session)
        facts = self.view.samples.facts
        if facts is not None:
            facts.close()
        self.view.samples.facts = facts_of(session) if session is not None else None
        self.view.samples.labelled_by = labelled_by_of(session) if session is not None else None
        self.view.samples.set_source(source, session.classes if session is not None else ())
        self.clear_filter()
        if source is not None:
            self._connections.add(source.reset.connect(self.count),
                                  source.summary_changed.connect(lambda _key: self.count_soon()),
                                  source.finished.connect(self.count))
        self.count()

    # --- the filter -----------------------------------------------------------------------------

    def apply_filter(self) -> None:
        self.view.set_filter(
            self.make_filter(self.field.text(), self.chips.selected, self.only.keys))

    def show_only(self, keys: Iterable[str], words: str) -> None:
        """List these samples alone, whatever the filter was; ``words`` say which they are."""
        self.clear_filter()
        self.only.show_keys(keys, words)

    def count(self) -> None:
        counts = self.counts() if self.source is not None else {}
        for id in self._ids:
            self.chips.set_count(id, counts.get(id, 0))
        self.show_state()

    def show_state(self) -> None:
        """Say why there is nothing to see, if there is nothing."""
        source, samples = self.source, self.view.samples
        if source is None or samples.rowCount():
            self.show_list()
            return
        filter = samples.filter
        if not len(source):
            words = self.nothing_words()
        elif samples.waits:
            words = tr("Reading the labels…")
        elif filter.text.strip():
            words = self.no_fit
        else:
            words = with_keys(self.chip_words.get(filter.chip, self.no_fit))
        self.show_empty(words, clearable=not filter.shows_all and len(source) > 0)

    def _open_first(self) -> None:
        """Enter in the field goes to the first sample that fits."""
        samples = self.view.samples
        if self.field.text().strip() and samples.rowCount():
            self.chosen.emit(samples.key(0))
            self.accepted.emit()

    def _menu(self, point: QPoint) -> None:
        index = self.view.indexAt(point)
        key = self.view.samples.key(index.row()) if index.isValid() else ""
        self.menu_wanted.emit(key, self.view.viewport().mapToGlobal(point))
