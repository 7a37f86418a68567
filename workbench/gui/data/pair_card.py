"""Two images that look nearly the same, side by side, and what can be done about them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QWidget

from workbench.core.text import tr
from workbench.gui.background.thumbnails import ThumbnailLoader
from workbench.gui.style import tokens
from workbench.gui.widgets import Card, LinkButton, QuietButton, column, label, row, widget_of
from workbench.project.statistics.duplicates import SimilarPair

PICTURE = QSize(240, 160)
"""Logical pixels of a picture at most."""


class PairCard(Card):
    """One pair."""

    look_wanted = Signal(str)
    remove_wanted = Signal(str)
    """(key) of the image that is meant."""
    keep_wanted = Signal(object)
    join_wanted = Signal(object)
    """(pair) both are to be kept; they are to be in one part of the split."""

    def __init__(self, pair: SimilarPair, paths: tuple[str, str], details: tuple[str, str]) -> None:
        super().__init__(tr("{like} alike", like=f"{pair.like:.0%}"))
        self.pair, self._paths = pair, paths
        self.pictures = tuple(QLabel() for _ in paths)
        self.captions = tuple(label(text, "caption") for text in details)
        self.keep_button = LinkButton(tr("Keep both"), "check")
        self.keep_button.setToolTip(tr("Do not show these two again"))
        self.keep_button.clicked.connect(partial(self.keep_wanted.emit, pair))
        self.join_button = LinkButton("", "split", run=partial(self.join_wanted.emit, pair))
        self.warning = label("", "caption", "warn", wrap=True)
        sides = [self._side(number, key) for number, key in enumerate((pair.first, pair.second))]
        self.add(row(*sides, 1, spacing=tokens.SPACE_L))
        self.add(self.warning)
        self.add(row(self.join_button, self.keep_button, 1, spacing=tokens.SPACE_L))
        self.show_parts("", "")

    def _side(self, number: int, key: str) -> QWidget:
        picture = self.pictures[number]
        picture.setFixedSize(PICTURE)
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        picture.setAccessibleName(key)
        name = LinkButton(key.rpartition("/")[2], run=partial(self.look_wanted.emit, key),
                          tip=tr("Show {path}", path=key))
        remove = QuietButton(tr("Remove this one"), "trash")
        remove.setToolTip(tr("Moves the image and its labels to the trash; it can be undone"))
        remove.setAccessibleName(tr("Remove {name}", name=key))
        remove.clicked.connect(partial(self.remove_wanted.emit, key))
        side = widget_of(column(picture, row(name, 1), self.captions[number], row(remove, 1),
                                spacing=tokens.SPACE_XS))
        side.setFixedWidth(PICTURE.width())
        return side

    def show_parts(self, first: str, second: str) -> None:
        """Say in which parts of the split they are; "" for none."""
        apart = bool(first and second and first != second)
        self.warning.setText(tr(
            "They lie in {first} and {second}: scores will be better than the model is.",
            first=first, second=second) if apart else "")
        self.warning.setVisible(apart)
        self.join_button.setText(tr("Put both into {part}", part=first))
        self.join_button.setVisible(apart)

    def show_pictures(self, loader: ThumbnailLoader) -> None:
        """Take what the loader has by now, and ask for the rest."""
        ratio = self.devicePixelRatioF()
        for picture, path in zip(self.pictures, self._paths, strict=True):
            found: QPixmap | None = loader.get(path, PICTURE * ratio)
            if found is not None and not found.isNull():
                shown = found.scaled(PICTURE * ratio, Qt.AspectRatioMode.KeepAspectRatio,
                                     Qt.TransformationMode.SmoothTransformation)
                shown.setDevicePixelRatio(ratio)
                picture.setPixmap(shown)
