"""What Predict shows once there are files: sliders, the table, the chosen file, what to keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHeaderView,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.core.text import tr
from workbench.extension.saving import Saving
from workbench.extension.window import AnswerLook
from workbench.gui.app.models import TrainedModel
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.use.answers import (
    ALL,
    FILE,
    FINDS,
    FOUND,
    NOTHING,
    NUMBER,
    SCORE,
    UNREAD,
    Answer,
    Answers,
)
from workbench.gui.use.film import FilmBar
from workbench.gui.use.picture import AnswerPicture
from workbench.gui.widgets import (
    ChipGroup,
    LabeledSlider,
    LinkButton,
    PrimaryButton,
    ProgressLine,
    QuietButton,
    SearchField,
    SectionTitle,
    SidePanel,
    column,
    label,
    row,
    scrolling,
)
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.row_view import COLOR_ROLE, RIGHT_ROLE, Index, RowModel, RowView

_NARROW = 340
EVERY = (1, 5, 10, 25)
"""Of how many frames of a video one is looked at."""


class _Counts(RowModel):
    """The classes that were found, the most frequent first."""

    def __init__(self, colors: ClassColors) -> None:
        super().__init__()
        self._colors = colors
        self.rows: list[tuple[str, int]] = []

    def show(self, counts: Mapping[str, int]) -> None:
        self.beginResetModel()
        self.rows = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        self._count = len(self.rows)
        self.endResetModel()

    def cell(self, row: int, role: int) -> object:
        name, number = self.rows[row]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return name
        if role == COLOR_ROLE:
            return self._colors.name(name)
        if role == RIGHT_ROLE:
            return f"{number:,}"
        return None


def _call(act: Callable[[], object], _checked: bool = False) -> None:
    act()


class _Words(QStyledItemDelegate):
    """What was found is said from its beginning: most of it comes first."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideRight


class _Files(QStyledItemDelegate):
    """Of a frame, its time stands first and stays; of a file, the suffix does."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        answers = index.model()
        item = answers.answer(index.row()) if isinstance(answers, Answers) else None
        if item is not None and item.frame >= 0:
            option.textElideMode = Qt.TextElideMode.ElideRight


class _Table(QTableView):
    """Leaves the numbers out where it is narrow: what was found says them, too."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.setColumnHidden(NUMBER, self.width() < _NARROW)
        super().resizeEvent(event)


class PredictPage(QWidget):
    """The widgets; the place says what they do.

    Signals
    -------
    limits_changed
        A slider was moved.
    filtered
        (chip, words) other files are to be shown.
    chosen
        (row) another file is.
    table_wanted, files_wanted, suggestions_wanted, tracks_table_wanted
        (for files or for things; id of :attr:`Saving.files`; nothing) what was found is to be kept.
    """

    limits_changed = Signal()
    filtered = Signal(str, str)
    chosen = Signal(int)
    table_wanted = Signal(bool)
    files_wanted = Signal(str)
    suggestions_wanted = Signal()
    tracks_table_wanted = Signal()

    def __init__(self, theme: Theme, answers: Answers, colors: ClassColors) -> None:
        super().__init__()
        self._answers = answers
        self.sliders: dict[str, LabeledSlider] = {}
        self.picture = AnswerPicture(theme, colors.color)
        self.film = FilmBar(theme, colors.name)
        self.counts = _Counts(colors)
        self._keep_buttons: list[QWidget] = []
        self.view = self._make_view()
        body = QSplitter()
        body.setChildrenCollapsible(False)
        body.setHandleWidth(1)
        body.addWidget(self._make_left(theme))
        body.addWidget(self._make_middle())
        still = QWidget()
        still.setLayout(column(self.picture, self.film, spacing=0))
        self.right = QStackedWidget()
        self.right.addWidget(still)
        body.addWidget(self.right)
        body.setStretchFactor(1, 2)
        body.setStretchFactor(2, 3)
        body.setSizes([tokens.SIDE_PANEL_WIDTH, 420, 560])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(body)
        self.view.selectionModel().currentRowChanged.connect(
            lambda index, _before: self.chosen.emit(index.row()))

    # --- building -------------------------------------------------------------------------------

    def _make_left(self, theme: Theme) -> QWidget:
        self.add_button = PrimaryButton(tr("Add files …"), "plus")
        self.folder_button = QuietButton(tr("Add a folder …"), "folder")
        self.camera_button = QuietButton(tr("Open the camera"), "eye")
        self.model_box = QComboBox()
        self.model_box.setAccessibleName(tr("Model"))
        self.model_box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.again_button = LinkButton(tr("Look at the rest again"), "refresh")
        self.again_button.hide()
        self.clear_button = LinkButton(tr("Clear the list"), "close")
        self.every_box = QComboBox()
        self.every_box.setAccessibleName(tr("Frames of videos"))
        self.every_box.setToolTip(tr("Which frames of a video are looked at; holds for those that "
                                     "are added from now on"))
        for step in EVERY:
            self.every_box.addItem(tr("Videos: each frame") if step == 1 else
                                   tr("Videos: every {step}th frame", step=step), step)
        self.found = SectionTitle(tr("Found"))
        self.classes = RowView(theme, self.counts, tr("Found classes"), kept=3)
        self.keep_title = SectionTitle(tr("Keep the result"))
        self._keep = column(spacing=tokens.SPACE_S)
        edge = tokens.SPACE_L
        head = column(self.add_button, self.folder_button, self.camera_button,
                      SectionTitle(tr("Model")),
                      self.model_box, self.every_box, self.again_button, self.clear_button,
                      spacing=tokens.SPACE_S, margins=(edge, edge, edge, 0))
        foot = column(self.keep_title, self._keep, spacing=tokens.SPACE_S,
                      margins=(edge, 0, edge, edge))
        title = column(self.found, margins=(edge, 0, edge, 0))
        inside = QWidget()
        inside.setLayout(column(head, title, self.classes, foot, 1, spacing=tokens.SPACE_M))
        panel = SidePanel("right")
        panel.setMinimumWidth(tokens.SIDE_PANEL_WIDTH)
        whole = QVBoxLayout(panel)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolling(inside))
        return panel

    def _make_middle(self) -> QWidget:
        self.search = SearchField(tr("Filter: name or class"))
        self.chips = ChipGroup()
        for id, text in ((ALL, tr("All")), (FINDS, tr("With finds")), (NOTHING, tr("Nothing")),
                         (UNREAD, tr("Unreadable"))):
            self.chips.add(id, text, 0)
        self.search.textChanged.connect(self._filter)
        self.chips.changed.connect(self._filter)
        self.progress = ProgressLine()
        self.words = label("", "caption")
        self.pause_button = QuietButton(tr("Pause"), "pause")
        self.cancel_button = QuietButton(tr("Cancel"), "close")
        self._slider_row = row(spacing=tokens.SPACE_L)
        edge = tokens.SPACE_M
        self._progress_bar = QWidget()
        self._progress_bar.setLayout(column(
            row(self.words, 1, self.pause_button, self.cancel_button), self.progress,
            spacing=tokens.SPACE_XS))
        middle = QWidget()
        layout = column(
            column(self._slider_row, self.search, self.chips, self._progress_bar,
                   spacing=tokens.SPACE_S, margins=(edge, edge, edge, edge)),
            self.view, spacing=0)
        layout.setStretch(1, 1)
        middle.setLayout(layout)
        middle.setMinimumWidth(tokens.LIST_PANEL_WIDTH)
        return middle

    def _make_view(self) -> QTableView:
        view = _Table()
        view.setModel(self._answers)
        view.setAccessibleName(tr("Files and what was found in them"))
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setTabKeyNavigation(False)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(tokens.CONTROL_HEIGHT)
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for wide in (FILE, FOUND):
            header.setSectionResizeMode(wide, QHeaderView.ResizeMode.Stretch)
        view.setItemDelegateForColumn(FILE, _Files(view))
        view.setItemDelegateForColumn(FOUND, _Words(view))
        view.setColumnWidth(NUMBER, 72)
        view.setColumnWidth(SCORE, 60)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        view.setSortingEnabled(True)
        return view

    # --- what is shown --------------------------------------------------------------------------

    def set_models(self, models: Sequence[TrainedModel], chosen: TrainedModel | None) -> None:
        self.model_box.clear()
        for item in models:
            self.model_box.addItem(item.title, item.run)
        if chosen is not None:
            self.model_box.setCurrentIndex(self.model_box.findData(chosen.run))

    def set_look(self, look: AnswerLook, noun: str, videos: bool, saving: Saving | None) -> None:
        """Show the sliders and offer what can be kept of a task."""
        self.add_button.setText(tr("Add files …") if videos else tr("Add {noun}s …", noun=noun))
        self.every_box.setVisible(videos)
        self.camera_button.setVisible(videos)
        for slider in self.sliders.values():
            self._slider_row.removeWidget(slider)
            slider.deleteLater()
        self.sliders = {}
        for limit in look.limits:
            slider = LabeledSlider(tr(limit.title), limit.least, limit.most, limit.first)
            slider.setToolTip(tr(limit.help))
            slider.value_changed.connect(lambda _value: self.limits_changed.emit())
            self._slider_row.addWidget(slider)
            self.sliders[limit.id] = slider
        for button in self._keep_buttons:
            self._keep.removeWidget(button)
            button.deleteLater()
        self._keep_buttons = []
        self.keep_title.setVisible(saving is not None)
        if saving is not None:
            self._offer(look, saving)

    def _offer(self, look: AnswerLook, saving: Saving) -> None:
        offers: list[tuple[str, str, Callable[[], object]]] = []
        if look.suggests:
            offers.append((tr("Suggest in Images"), "spark",
                           self.suggestions_wanted.emit))
        offers += [(tr("Table of finds …"), "save",
                    partial(self.table_wanted.emit, False)),
                   (tr("Table of files …"), "save", partial(self.table_wanted.emit, True))]
        if saving.tracks is not None:
            offers.append((tr("Table of tracks …"), "save", self.tracks_table_wanted.emit))
        offers += [(tr("{title} …", title=tr(kind.title)), "folder",
                    partial(self.files_wanted.emit, id))
                   for id, kind in saving.files.items()]
        for text, icon, act in offers:
            button = LinkButton(text, icon)
            if icon == "spark":
                button.setToolTip(tr(
                    "What was found becomes suggestions in Images, where you accept or reject "
                    "them; files from elsewhere are copied into the project"))
            button.clicked.connect(partial(_call, act))
            button.setProperty("films", act == self.tracks_table_wanted.emit)
            self._keep.addWidget(button)
            self._keep_buttons.append(button)

    def show_films(self, there: bool) -> None:
        """Offer what can be kept of videos only."""
        for button in self._keep_buttons:
            if button.property("films"):
                button.setVisible(there)

    def limits(self) -> dict[str, float]:
        """The sliders' values by id."""
        return {id: slider.value() for id, slider in self.sliders.items()}

    def show_counts(self, kinds: Mapping[str, int], counts: Mapping[str, int]) -> None:
        for id in (ALL, FINDS, NOTHING, UNREAD):
            self.chips.set_count(id, kinds.get(id, 0))
        self.counts.show(counts)
        total = sum(counts.values())
        self.found.set_right(f"{total:,}" if total else "")
        for button in self._keep_buttons:
            button.setEnabled(bool(kinds.get(ALL, 0)))

    def show_progress(self, state: str, words: str, share: float) -> None:
        """What is under way; nothing for the state ""."""
        self._progress_bar.setVisible(bool(state))
        self.words.setText(words)
        self.progress.set_fraction(share or None if state else 0.0)
        self.pause_button.setVisible(state in ("running", "paused"))
        self.pause_button.setText(tr("Resume") if state == "paused" else tr("Pause"))

    def choose_first(self) -> None:
        """Show the first file."""
        self.view.selectRow(0)

    def reselect(self, item: Answer | None) -> None:
        """The order is another one: keep the file that is shown."""
        at = self._answers.row(item)
        if at >= 0:
            self.view.selectRow(at)

    def _filter(self) -> None:
        self.filtered.emit(self.chips.selected, self.search.text())
