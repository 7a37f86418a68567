"""What is asked before images are made of the pages of stacks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QSpinBox, QWidget

from workbench.core.text import count, tr
from workbench.gui.style import tokens
from workbench.gui.widgets import PopupWindow, PrimaryButton, column, label, row
from workbench.gui.widgets.inputs import ChoiceField, says_done
from workbench.project.stack_images import COLOURS, EACH, PageChoice, StackFile, planned_text

_MOST = 10_000
_MOST_NAMED = 200  # stacks that can be chosen one by one


class PagePopup(PopupWindow):
    """Asks which images are made of one stack, or of all of the list."""

    chosen = Signal(object, object)
    """(list of :class:`StackFile`, :class:`PageChoice`) make them."""
    all_wanted = Signal()
    """All stacks of the list are to be shown, by :meth:`show_all`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        # by what stands in the choice of stacks; None until they were looked for
        self._sets: dict[str, Sequence[StackFile] | None] = {}
        self._folder = ""
        self._title = label("", wrap=True)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._about = label("", "caption", wrap=True)
        self._slice_words, self._every_words = label(""), label(tr("Of these"))
        self._channel_words, self._frame_words = label(tr("Channels")), label(tr("Frames"))
        self.slices = _choices(tr("What becomes of the slices"), (
            (tr("An image of each"), "all"), (tr("One of their maximum"), "max"),
            (tr("One of their mean"), "mean")))
        self.every = _each(tr("Which of the slices"))
        self.frames = _each(tr("Which of the frames"))
        self.channels = _choices(tr("What becomes of the channels"), ())
        self.own_range = QCheckBox(tr("Brighten dim channels"))
        self.own_range.setToolTip(tr("Each channel is stretched to its own range, so that a dim "
                                     "one is as bright as the others. Without this, values stay "
                                     "as they are, and a dim one may look black."))
        self.scope = _choices(tr("Which stacks"), ())
        self.words = label("", "caption", wrap=True)
        self.make = PrimaryButton(tr("Make images"), run=self._choose)
        edge = tokens.SPACE_M
        self.setLayout(column(self._title, self._about, self._grid(), self.words,
                              row(1, self.make), margins=(edge, edge, edge, edge),
                              spacing=tokens.SPACE_S))
        self.setFixedWidth(tokens.FORM_PANEL_WIDTH)
        self.setAccessibleName(tr("Images of pages"))
        for box in (self.slices, self.channels):
            box.currentIndexChanged.connect(lambda _at: self._refresh())
        for field in (self.every, self.frames):
            field.valueChanged.connect(lambda _value: self._refresh())
        self.scope.currentIndexChanged.connect(lambda _at: self._scope_changed())

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(tokens.SPACE_S)
        grid.setVerticalSpacing(tokens.SPACE_XS)
        grid.setColumnStretch(1, 1)
        self._scope_words = label(tr("For"))
        for at, (words, field) in enumerate((
                (self._slice_words, self.slices), (self._every_words, self.every),
                (self._channel_words, self.channels), (self._frame_words, self.frames),
                (self._scope_words, self.scope))):
            grid.addWidget(words, at, 0)
            grid.addWidget(field, at, 1)
        grid.addWidget(self.own_range, grid.rowCount(), 0, 1, 2)
        return grid

    @property
    def stacks(self) -> Sequence[StackFile]:
        """Those that images are made of, as far as they are known."""
        return self._sets.get(self.scope.currentData()) or ()

    @property
    def choice(self) -> PageChoice:
        """What is chosen."""
        return PageChoice(self.slices.currentData(), self.every.value(),
                          self.channels.currentData() or COLOURS, self.frames.value(),
                          self.own_range.isChecked())

    def ask(self, stack: StackFile, folder: str, others: bool, over: QWidget) -> None:
        """Ask about one file, in the middle of ``over``.

        Parameters
        ----------
        folder
            Where the images go, for a person.
        others
            Whether there may be other stacks in the list.
        """
        self._sets = {"one": (stack,), "all": None}
        self._offer([(tr("This file"), "one"), (tr("All stacks of the list"), "all")], folder,
                    others, over)

    def ask_some(self, stacks: Sequence[StackFile], folder: str, over: QWidget) -> None:
        """Ask about several, all of them or one; otherwise as :meth:`ask`."""
        names = {str(at): stack for at, stack in enumerate(stacks)}
        self._sets = {"some": stacks, **{name: (stack,) for name, stack in names.items()}}
        files = len({stack.path for stack in stacks})
        what = count(len(stacks), "image") if files == 1 else count(files, "file")
        self._offer([(tr("All {stacks}", stacks=what), "some"),
                     *(((stack.shown_name, name) for name, stack in names.items())
                       if len(stacks) <= _MOST_NAMED else ())], folder,
                    len(stacks) > 1, over)

    def show_all(self, stacks: Sequence[StackFile]) -> None:
        """These are the stacks of the list."""
        self._sets["all"] = stacks
        self._show_fields()

    def _offer(self, items: Sequence[tuple[str, str]], folder: str, several: bool,
               over: QWidget) -> None:
        self._folder = folder
        self.scope.blockSignals(True)
        self.scope.clear()
        for words, value in items:
            self.scope.addItem(words, value)
        self.scope.blockSignals(False)
        for widget in (self.scope, self._scope_words):
            widget.setVisible(several)
        self._show_fields()
        self.show_over(over)
        self.make.setFocus()

    def show_looking(self, words: str) -> None:
        """Say how far the look for the others is."""
        self.words.setText(words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if says_done(event, self) and self.make.isEnabled():
            self.make.click()
        else:
            super().keyPressEvent(event)

    def _scope_changed(self) -> None:
        self._show_fields()
        if self._sets.get(self.scope.currentData(), ()) is None:
            self.show_looking(tr("Looking for stacks …"))
            self.all_wanted.emit()

    def _show_fields(self) -> None:
        """What there is to choose of these stacks."""
        found_files = self.stacks
        found = [item.stack for item in found_files]
        if found:
            slices, frames, channels = (max(getattr(item, name) for item in found)
                                        for name in ("slices", "frames", "channels"))
            told = any(item.told for item in found)
            self._slice_words.setText(tr("Slices") if told else tr("Pages"))
            for widgets, shown in (((self._slice_words, self.slices, self._every_words,
                                     self.every), slices > 1),
                                   ((self._frame_words, self.frames), frames > 1),
                                   ((self._channel_words, self.channels), channels > 1)):
                for widget in widgets:
                    widget.setVisible(shown)
            self._fill_channels(channels, any(item.mixes for item in found))
        paths = {item.path for item in found_files}
        self._title.setText(
            tr("Make images of the pages of {name}", name=next(iter(paths)).name)
            if len(paths) == 1 and self.scope.currentData() != "all" else
            tr("Make images of the pages of all stacks of the list")
            if self.scope.currentData() == "all" else
            tr("Make images of the pages of {files}", files=count(len(paths), "file")))
        self._about.setText("")
        if len(found) == 1:
            stack = found[0]
            self._about.setText(tr("{words} · {width} × {height} pixels", words=stack.words(),
                                   width=stack.width, height=stack.height))
        elif found:
            self._about.setText(count(len(found), "stack"))
        self._refresh()
        layout = self.layout()
        if self.isVisible() and layout is not None:
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))

    def _fill_channels(self, number: int, mixes: bool) -> None:
        before = self.channels.currentData()
        self.channels.blockSignals(True)
        self.channels.clear()
        if mixes:
            self.channels.addItem(tr("Red, green, blue of one"), COLOURS)
        self.channels.addItem(tr("An image of each"), EACH)
        for at in range(1, number + 1):
            self.channels.addItem(tr("Channel {number} alone", number=at), str(at))
        self.channels.setCurrentIndex(max(0, self.channels.findData(before)))
        self.channels.blockSignals(False)

    def _refresh(self) -> None:
        mixed = self.channels.currentData() == COLOURS
        self.own_range.setVisible(mixed and any(item.stack.mixes for item in self.stacks))
        planned = planned_text(self.stacks, self.choice)
        self.make.setEnabled(bool(planned))
        self.words.setText(
            f"{planned} " + (
                tr("They go beside the files, and keep the scale.")
                if all(item.beside for item in self.stacks) else
                tr("They go to {folder}, and keep the scale.", folder=self._folder))
            if planned else tr("No image fits."))

    def _choose(self) -> None:
        self.close()
        self.chosen.emit(list(self.stacks), self.choice)


def _choices(name: str, items: Sequence[tuple[str, str]]) -> ChoiceField:
    field = ChoiceField()
    field.setAccessibleName(name)
    for words, value in items:
        field.addItem(words, value)
    return field


def _each(name: str) -> QSpinBox:
    """1 for all, else each n-th."""
    field = QSpinBox()
    field.setRange(1, _MOST)
    field.setSpecialValueText(tr("all"))
    field.setPrefix(tr("1 of "))
    field.setAccessibleName(name)
    field.setToolTip(name)
    return field
