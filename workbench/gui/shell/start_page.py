"""What one sees first: open a folder, go on with a project, or try the sample."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from workbench.core.folders import user_cache_folder
from workbench.core.text import count, tr
from workbench.gui.app.projects import Projects
from workbench.gui.background.thumbnails import ThumbnailLoader
from workbench.gui.style import tokens
from workbench.gui.style.theme import current_theme
from workbench.gui.widgets.buttons import IconButton, PrimaryButton, QuietButton
from workbench.gui.widgets.labels import ElidedLabel, label
from workbench.gui.widgets.layout import FlowLayout, column, keep_room, row, widget_of
from workbench.gui.widgets.progress import ProgressLine
from workbench.gui.widgets.surfaces import Card, SectionTitle, scrolling
from workbench.project.recent import RecentProject
from workbench.project.samples import SAMPLES, SampleProject

WIDTH, STEPS_WIDTH = 720, 520
"""Of the page, and of its three cards side by side, in logical pixels."""
_THUMB = QSize(64, 44)
_CARD_HEIGHT = 52


class StartPage(QWidget):
    """Shown while no project is open."""

    open_requested = Signal()
    """The person wants to choose a folder."""
    record_requested = Signal()
    """The person wants to record sounds."""

    def __init__(self, projects: Projects) -> None:
        super().__init__()
        self._projects = projects
        self._thumbnails = ThumbnailLoader(user_cache_folder() / "thumbnails", self)
        self._thumbnails.ready.connect(self._thumbnail_ready)
        self.rows: list[RecentRow] = []
        self._mark = QLabel()
        self.open_button = PrimaryButton(tr("Open a folder…"), "folder-open", large=True)
        self.open_button.clicked.connect(self.open_requested)
        self.record_button = QuietButton(tr("New recording…"), "microphone")
        self.record_button.setProperty("large", "true")
        self.record_button.setToolTip(tr("Record sounds with a microphone, in a folder of "
                                         "their own"))
        self.record_button.clicked.connect(self.record_requested)
        self.samples = {kind: SampleCard(sample) for kind, sample in SAMPLES.items()}
        for kind, card in self.samples.items():
            card.clicked.connect(partial(projects.open_sample, kind))
        self._sample_words = label("", "caption")
        self._sample_line = ProgressLine()
        self._sample_line.set_fraction(None)
        self._recent_title = SectionTitle(tr("Recent projects"))
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        self._steps = Steps()
        self._build()
        self._sample_state(projects.sample_words)
        self._list()
        self._draw_mark()
        projects.recent_changed.connect(self._list)
        projects.sample_progress.connect(self._sample_state)
        current_theme().changed.connect(self._draw_mark)

    def close_threads(self) -> None:
        """Before the window goes."""
        self._thumbnails.stop()

    def _build(self) -> None:
        words = column(
            label(tr("Workbench"), "hero"),
            label(tr("Label pictures and sounds, train a model, see what it got wrong. "
                     "Everything stays on this machine."), tone="soft", wrap=True),
            spacing=tokens.SPACE_XS)
        head = row(self._mark, (words, 1), spacing=tokens.SPACE_L)
        sample = column(self._sample_words, self._sample_line, spacing=tokens.SPACE_XS)
        buttons, cards = FlowLayout(spacing=tokens.SPACE_S), FlowLayout(spacing=tokens.SPACE_S)
        for button in (self.open_button, self.record_button):
            buttons.addWidget(button)
        for card in self.samples.values():
            cards.addWidget(card)
        inner = column(head, spacing=tokens.SPACE_XL)
        inner.addWidget(DropHint(buttons))
        inner.addLayout(column(self._recent_title, self._recent, spacing=tokens.SPACE_S))
        inner.addWidget(self._steps)
        inner.addLayout(column(SectionTitle(tr("Try it with a sample")), sample, cards,
                               spacing=tokens.SPACE_S))
        middle = widget_of(inner)
        middle.setMaximumWidth(WIDTH)
        content = widget_of(row(1, middle, 1, margins=(tokens.SPACE_XL,) * 4))
        layout = content.layout()
        assert isinstance(layout, QHBoxLayout)
        layout.setStretch(1, 1000)
        layout.setAlignment(middle, Qt.AlignmentFlag.AlignTop)
        content.setContentsMargins(0, 56, 0, 0)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(content))

    def _list(self) -> None:
        for old in self.rows:
            self._recent.removeWidget(old)
            old.deleteLater()
        self.rows = []
        for item in self._projects.recent:
            entry = RecentRow(item, partial(self._projects.forget, item.path))
            entry.clicked.connect(partial(self._projects.open, item.path))
            if item.picture:
                entry.set_picture(self._thumbnails.get(item.picture, _THUMB * 2))
            self._recent.addWidget(entry)
            self.rows.append(entry)
        self._recent_title.setVisible(bool(self.rows))
        self._steps.setVisible(not self.rows)

    def _thumbnail_ready(self, path: str) -> None:
        for entry in self.rows:
            if entry.project.picture == path:
                entry.set_picture(self._thumbnails.get(path, _THUMB * 2))

    def _sample_state(self, words: str) -> None:
        self._sample_words.setText(words)
        self._sample_words.setVisible(bool(words))
        self._sample_line.setVisible(bool(words))
        for card in self.samples.values():
            card.setEnabled(not words)

    def _draw_mark(self) -> None:
        self._mark.setPixmap(current_theme().pixmap("app", "accent", 52))


class DropHint(QFrame):
    """The buttons, in a dashed frame that says that things may be dropped."""

    def __init__(self, buttons: QLayout) -> None:
        super().__init__()
        self.setObjectName("drop")
        self.setLayout(column(
            buttons,
            label(tr("or drop a folder, pictures or sounds here. Labels of labelImg, Pascal VOC, "
                     "YOLO, COCO and Raven open as they are, and so do photos in a folder for "
                     "each class. labelme, CVAT, masks and others, also in a ZIP, become a new "
                     "project."),
                  "caption", wrap=True),
            spacing=tokens.SPACE_M, margins=(tokens.SPACE_L,) * 4))


class Steps(QWidget):
    """What one does here, in three cards, for somebody who has not done it yet."""

    WORDS = (
        ("box", "Label", "Draw boxes, paint areas or name sounds. Every change is saved."),
        ("train", "Train", "One click, no account. You see the loss fall and what is found."),
        ("results", "Look", "See what was missed or mixed up, fix the label, train again."),
    )

    def __init__(self) -> None:
        super().__init__()
        self._marks: list[tuple[QLabel, str]] = []
        cards: list[QWidget] = []
        for icon, title, text in self.WORDS:
            mark = QLabel()
            self._marks.append((mark, icon))
            card = Card()
            card.add(row(mark, label(tr(title), "title"), 1))
            card.add(label(tr(text), "caption", wrap=True))
            card.body.addStretch(1)
            cards.append(card)
        self._line = row(*cards, spacing=tokens.SPACE_M)
        for at in range(len(cards)):
            self._line.setStretch(at, 1)
        self.setLayout(self._line)
        self._draw_marks()
        current_theme().changed.connect(self._draw_marks)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        way = QBoxLayout.Direction
        self._line.setDirection(way.LeftToRight if self.width() >= STEPS_WIDTH
                                else way.TopToBottom)

    def _draw_marks(self) -> None:
        for mark, icon in self._marks:
            mark.setPixmap(current_theme().pixmap(icon, "accent", tokens.ICON))


class ClickableFrame(QFrame):
    """Several words and a picture that are one button."""

    clicked = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        if inside and event.button() == Qt.MouseButton.LeftButton:
            self.click()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.click()
        else:
            super().keyPressEvent(event)

    def click(self) -> None:
        """Do what a click does, if anything."""
        if self.isEnabled():
            self.clicked.emit()


class SampleCard(ClickableFrame):
    """A project that is made on this machine, to try one thing with."""

    def __init__(self, sample: SampleProject) -> None:
        super().__init__("sample")
        self._icon = sample.icon
        self._mark = QLabel()
        title = ElidedLabel(tr(sample.shows))
        title.setProperty("role", "title")
        name = ElidedLabel(tr(sample.name))
        name.setProperty("role", "caption")
        self.setFixedSize((WIDTH - 3 * tokens.SPACE_S) // 4, _CARD_HEIGHT)
        self.setLayout(row(self._mark, (column(1, title, name, 1, spacing=2), 1),
                           spacing=tokens.SPACE_M, margins=(tokens.SPACE_M, 0, tokens.SPACE_S, 0)))
        self.setToolTip("\n".join((tr(sample.about), tr(
            "A small project that is made on your machine in a few seconds"))))
        self.setAccessibleName(tr("Sample {name}: {shows}", name=tr(sample.name),
                                  shows=tr(sample.shows)))
        self._draw_mark()
        current_theme().changed.connect(self._draw_mark)

    def _draw_mark(self) -> None:
        self._mark.setPixmap(current_theme().pixmap(self._icon, "accent", tokens.ICON))


class RecentRow(ClickableFrame):
    """One project that was open lately; one that is not found is grey."""

    def __init__(self, project: RecentProject, forget: Callable[[], object]) -> None:
        super().__init__("recent")
        self.project = project
        self._there = project.exists
        self._picture: QPixmap | None = None
        self.setFixedHeight(60)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        if not self._there:
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.unsetCursor()
        name = ElidedLabel(project.name)
        name.setProperty("role", "title")
        where = ElidedLabel(short_path(str(project.path)), Qt.TextElideMode.ElideMiddle)
        where.setProperty("role", "caption")
        there = f"{content_words(project)} · {when_words(project.opened)}"
        about = label(there if self._there else tr("not found"), "caption",
                      "" if self._there else "faint")
        if not self._there:
            name.setProperty("tone", "faint")
            where.setProperty("tone", "faint")
        self._forget = IconButton("close", tr("Take {name} from this list",
                                              name=project.name), side=22)
        self._forget.clicked.connect(forget)
        self._forget.setVisible(not self._there)
        keep_room(self._forget)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(_THUMB.width() + 2 * tokens.SPACE_S + 4, tokens.SPACE_S,
                                  tokens.SPACE_S, tokens.SPACE_S)
        layout.setSpacing(tokens.SPACE_M)
        layout.addLayout(column(1, name, where, 1, spacing=2), 1)
        layout.addWidget(about)
        layout.addWidget(self._forget)
        self.setAccessibleName(f"{project.name}, {about.text()}")

    def set_picture(self, picture: QPixmap | None) -> None:
        self._picture = picture
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        frame = self.rect().adjusted(tokens.SPACE_S, 0, 0, 0)
        frame.setSize(_THUMB)
        frame.moveTop((self.height() - _THUMB.height()) // 2)
        painter.setClipRect(frame)
        painter.fillRect(frame, theme.color("canvas"))
        if self._picture is not None and self._there:
            fill = Qt.AspectRatioMode.KeepAspectRatioByExpanding
            target = QRect(frame.topLeft(), self._picture.size().scaled(_THUMB, fill))
            target.moveCenter(frame.center())
            painter.drawPixmap(target, self._picture)
        else:
            mark = QRect(0, 0, tokens.ICON, tokens.ICON)
            mark.moveCenter(frame.center())
            theme.icon("audio" if self.project.sounds else "folder", "faint").paint(painter, mark)
        painter.end()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._forget.show()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._forget.setVisible(not self._there)

    def click(self) -> None:
        if self._there:
            super().click()


def content_words(project: RecentProject) -> str:
    """What a project holds: "2,000 sounds", "5 images, 1 video"."""
    counts = ((project.sounds, "sound"), (project.images, "image"), (project.videos, "video"))
    return ", ".join(count(number, word) for number, word in counts if number) or tr("empty")


def short_path(folder: str) -> str:
    """``folder`` with the person's home as "~"."""
    home = str(Path.home())
    return "~" + folder[len(home):] if folder == home or folder.startswith(home + "/") else folder


def when_words(when: float, now: float | None = None) -> str:
    """How long ago ``when`` (seconds since 1970) was, in words."""
    at, today = time.localtime(when), time.localtime(now)
    days = _day(today) - _day(at)
    if days <= 0:
        return tr("today {tm_hour:02}:{tm_min:02}", tm_hour=at.tm_hour, tm_min=at.tm_min)
    if days == 1:
        return "yesterday"
    if days < 14:
        return tr("{days} days ago", days=days)
    return time.strftime("%d %b %Y", at).lstrip("0")


def _day(moment: time.struct_time) -> int:
    """A number that grows by one every day."""
    return int(time.mktime((*moment[:3], 12, 0, 0, 0, 0, -1)) // 86400)
