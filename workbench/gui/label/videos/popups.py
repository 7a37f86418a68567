"""What is asked for before many frames are written or changed."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QRadioButton, QSpinBox, QWidget

from workbench.core.text import count, listed, tr
from workbench.core.tracks import track_of
from workbench.formats.yolo_frames import TracksRead
from workbench.gui.label.editor import Objects
from workbench.gui.label.images.propagating import CopyForwardPopup
from workbench.gui.style import tokens
from workbench.gui.widgets import PopupWindow, PrimaryButton, QuietButton, column, label, row
from workbench.project.video_frames import FrameChoice, Which


class HoldPopup(CopyForwardPopup):
    """Asks on how many of the next frames boxes stay where they are."""

    most: ClassVar[int] = 10_000
    unit: ClassVar[str] = "frames"
    tip: ClassVar[str] = "How many of the next frames, up to {most:,}"
    title: ClassVar[str] = "Copy to the next frames"
    question: ClassVar[str] = "Copy {boxes} to the next frames, in the same place"


class ReadTracksPopup(PopupWindow):
    """Shows what tracks were read before they are added."""

    accepted = Signal(object, object)
    """(file, :class:`TracksRead`) they shall be added."""
    first_changed = Signal(object, int)
    """(file, 0 or 1) the number that the first frame has there: it is to be read again."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._path, self._read = Path(), TracksRead()
        self.words = label("", wrap=True)
        self.notes = label("", "caption", wrap=True)
        self.from_zero = QCheckBox(tr("Frame numbers start at 0"))
        self.from_zero.setToolTip(tr("In the names of the files; otherwise they start at 1"))
        self.add = PrimaryButton(tr("Add tracks"), run=self._accept)
        edge = tokens.SPACE_M
        self.setLayout(column(self.words, self.notes, self.from_zero, row(1, self.add),
                              margins=(edge, edge, edge, edge), spacing=tokens.SPACE_S))
        self.setFixedWidth(tokens.FORM_PANEL_WIDTH)
        self.setAccessibleName(tr("Tracks in the file"))
        self.from_zero.clicked.connect(self._read_again)

    def ask(self, path: Path, read: TracksRead, over: QWidget) -> None:
        """Show what was read of a file, in the middle of ``over``."""
        self._path, self._read = path, read
        frames = [key.frame for item in read.tracks for key in track_of(item).keys
                  if not key.outside]
        classes = list(dict.fromkeys(item.label for item in read.tracks))
        self.words.setText(tr(
            "{name}: {tracks} ({classes}) in frames {first:,}–{last:,}",
            name=path.name, tracks=count(len(read.tracks), "track"), first=min(frames),
            last=max(frames), classes=listed(classes)))
        self.notes.setText("\n".join(read.notes))
        self.notes.setVisible(bool(read.notes))
        self.from_zero.setVisible(read.first is not None)
        self.from_zero.setChecked(read.first == 0)
        self.show_over(over)
        self.add.setFocus()

    def _accept(self) -> None:
        self.close()
        self.accepted.emit(self._path, self._read)

    def _read_again(self, zero: bool) -> None:
        self.close()
        self.first_changed.emit(self._path, 0 if zero else 1)


class FramesPopup(PopupWindow):
    """Asks which frames are written as images of the project."""

    chosen = Signal(object, bool)
    """(:class:`FrameChoice`, whether to go on to Train when they are written)"""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._tracks: Objects = ()
        self._count = 0
        self.every = QRadioButton(tr("Every"))
        self.number = QSpinBox()
        self.number.setRange(1, 10_000)
        self.number.setValue(10)
        self.number.setAccessibleName(tr("Write one frame of so many"))
        self.different = QRadioButton(tr("Frames that differ from each other"))
        self.keys = QRadioButton(tr("All key frames"))
        self.every.setChecked(True)
        self.only_labelled = QCheckBox(tr("Only frames with boxes"))
        self.only_labelled.setChecked(True)
        self.words = label("", "caption", wrap=True)
        self.write = PrimaryButton(tr("Write images"), run=lambda: self._choose())
        self.train = QuietButton(tr("Write and train…"), "train", tip=tr(
            "Write the images, and go to Train, where a model learns from them"))
        edge = tokens.SPACE_M
        self.setLayout(column(
            label(tr("Write frames as images of this project, with their boxes as labels"),
                  wrap=True),
            row(self.every, self.number, label(tr("frames"), "caption"), 1), self.different,
            self.keys, self.only_labelled, self.words, row(self.train, 1, self.write),
            margins=(edge, edge, edge, edge), spacing=tokens.SPACE_S))
        self.setFixedWidth(tokens.FORM_PANEL_WIDTH)
        self.setAccessibleName(tr("Frames into the project"))
        for button in (self.every, self.different, self.keys, self.only_labelled):
            button.toggled.connect(self._refresh)
        self.number.valueChanged.connect(self._number_changed)
        self.train.clicked.connect(lambda: self._choose(train=True))

    @property
    def choice(self) -> FrameChoice:
        """What is chosen."""
        which: Which = "different" if self.different.isChecked() else \
            "keys" if self.keys.isChecked() else "every"
        return FrameChoice(which, self.number.value(), self.only_labelled.isChecked())

    def ask(self, tracks: Objects, frames: int, over: QWidget) -> None:
        """Ask about a video of so many frames, in the middle of ``over``."""
        self._tracks, self._count = tracks, frames
        for button in (self.keys, self.only_labelled):
            button.setEnabled(bool(tracks))
        if not tracks:
            self.only_labelled.setChecked(False)
        self._refresh()
        self.show_over(over)
        self.number.setFocus()
        self.number.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.write.click()
        else:
            super().keyPressEvent(event)

    def _number_changed(self) -> None:
        self.every.setChecked(True)
        self._refresh()

    def _refresh(self) -> None:
        choice = self.choice
        number = len(choice.numbers(self._tracks, self._count))
        self.write.setEnabled(number > 0)
        self.train.setEnabled(number > 0 and bool(self._tracks))
        self.words.setText(
            tr("No frame fits.") if not number else
            tr("At most {images}.", images=count(number, "image")) if choice.which == "different"
            else count(number, "image") + ".")

    def _choose(self, *, train: bool = False) -> None:
        self.close()
        self.chosen.emit(self.choice, train)
