"""The key points of classes: a page that names them and joins them by lines."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.core.errors import UsageError
from workbench.core.skeletons import Skeleton
from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.gui.app.list_page import ListItem, ListPage, lay_over
from workbench.gui.shell.overlays import Overlays
from workbench.gui.style import tokens
from workbench.gui.style.theme import current_theme
from workbench.gui.widgets import IconButton, column, row
from workbench.gui.widgets.class_colors import ask_color
from workbench.gui.widgets.inputs import ChoiceField
from workbench.project.declared_attributes import declare_skeletons

_HEIGHT = 170
_DOT, _REACH = 6.0, 14.0


def ask_for_key_points(overlays: Overlays, context: AppContext) -> None:
    """Show the key points of the open project's classes, and take over what is changed."""
    session = context.session
    if session is not None:
        page = SkeletonPage(session.manifest.skeletons, session.classes.names)
        lay_over(overlays, context, tr("Key points of classes"), page,
                 lambda: declare_skeletons(session, page.skeletons()))


class SkeletonPage(ListPage):
    """A block for each class that has key points."""

    def __init__(self, skeletons: Mapping[str, Skeleton], classes: Sequence[str]) -> None:
        super().__init__(
            tr("Name the points, with commas between them, in the order in which you "
               "will set them. They are drawn below: click two to join them by a line, "
               "or to take the line away."), tr("Key points of another class"), tokens.SPACE_L)
        self._classes = classes
        self.blocks: list[SkeletonBlock] = []
        self.add.clicked.connect(lambda: self._append(self._free(), Skeleton()).names.setFocus())
        for name, skeleton in skeletons.items() or {self._free(): Skeleton()}.items():
            self._append(name, skeleton)

    @property
    def first(self) -> QWidget:
        """Where the keyboard begins."""
        return self.blocks[0].names if self.blocks else self.add

    def skeletons(self) -> list[tuple[str, Skeleton]]:
        """What the fields say, by class; blocks without points do not count.

        Raises
        ------
        UsageError
            If a line leads to no point.
        """
        for block in self.blocks:
            if fault := block.fault():
                raise UsageError(fault)
        said = ((block.kind.currentText(), block.map.skeleton) for block in self.blocks)
        return [(name, skeleton) for name, skeleton in said if skeleton.points]

    def _free(self) -> str:
        """The first class without key points."""
        taken = {block.kind.currentText() for block in self.blocks}
        return next((name for name in self._classes if name not in taken), "")

    def _append(self, name: str, skeleton: Skeleton) -> SkeletonBlock:
        return self._put(SkeletonBlock(name, skeleton, self._classes), self.blocks)


class SkeletonBlock(ListItem):
    """The key points of one class."""

    def __init__(self, name: str, skeleton: Skeleton, classes: Sequence[str]) -> None:
        super().__init__()
        self.kind = ChoiceField()
        self.kind.addItems(list(dict.fromkeys((*classes, *((name,) if name else ())))))
        self.kind.setCurrentText(name)
        self.kind.setAccessibleName(tr("Class"))
        self.names = QLineEdit(", ".join(skeleton.points))
        self.names.setPlaceholderText(tr("nose, left eye, right eye"))
        self.names.setToolTip(tr("The points in their order, between commas"))
        self.names.setAccessibleName(tr("The points in their order, between commas"))
        self.lines = QLineEdit()
        self.lines.setPlaceholderText(tr("nose – left eye, nose – right eye"))
        self.lines.setToolTip(tr("Lines between points: two names with a dash between them"))
        self.lines.setAccessibleName(self.lines.toolTip())
        remove = IconButton("trash", tr("Remove the key points of this class (what objects have "
                                        "stays)"))
        remove.clicked.connect(self.removed)
        self.map = SkeletonMap(skeleton)
        head = row((self.kind, 2), (self.names, 5), remove)
        self.setLayout(column(head, self.lines, self.map, spacing=tokens.SPACE_XS))
        self.names.textEdited.connect(self._named)
        self.lines.textEdited.connect(self._joined)
        self.map.changed.connect(self._show_lines)
        self._show_lines()

    def _named(self) -> None:
        names = (" ".join(part.split()) for part in self.names.text().split(","))
        points = tuple(dict.fromkeys(name for name in names if name))
        before, faulty = self.map.skeleton, self.fault()
        lines, colors = before.lines, before.colors  # by place while a name is typed, by name
        if len(points) != len(before.points):        # where some come or go
            pairs = [(before.points[one], before.points[other]) for one, other in lines]
            lines = tuple((points.index(one), points.index(other)) for one, other in pairs
                          if one in points and other in points)
            known = dict(zip(before.points, colors, strict=False))
            colors = tuple(known.get(name, "") for name in points) if any(known.values()) else ()
        self.map.show_skeleton(Skeleton(points, lines, colors))
        if faulty:
            self._joined()  # perhaps the point that was missing; what was written stays
        else:
            self._show_lines()

    def fault(self) -> str:
        """What is wrong with a line that is no line between two of the points, or ""."""
        points = self.map.skeleton.points
        for pair in self._pairs():
            line = " – ".join(pair)
            if unknown := [name for name in pair if name not in points]:
                return tr("the line “{line}” leads to “{name}”, which is none of the points",
                          line=line, name=unknown[0])
            if len(pair) != 2 or pair[0] == pair[1]:
                return tr("the line “{line}” does not join two points", line=line)
        return ""

    def _pairs(self) -> list[list[str]]:
        """The names of each line that is written down."""
        parts = (part for part in self.lines.text().split(",") if part.strip())
        return [[" ".join(name.split()) for name in part.replace("–", "-").split(" - ")]
                for part in parts]

    def _joined(self) -> None:
        points = self.map.skeleton.points
        lines = tuple((points.index(pair[0]), points.index(pair[1])) for pair in self._pairs()
                      if len(pair) == 2 and pair[0] != pair[1] and set(pair) <= set(points))
        self.map.show_skeleton(self.map.skeleton._replace(lines=tuple(dict.fromkeys(lines))))

    def _show_lines(self) -> None:
        points, lines, _ = self.map.skeleton
        self.lines.setText(", ".join(f"{points[one]} – {points[other]}" for one, other in lines))
        self.lines.setCursorPosition(0)


class SkeletonMap(QWidget):
    """The points in a ring with their lines; two clicks join two points, or part them, a double
    click gives one a colour."""

    changed = Signal()
    """Lines came or went by the mouse."""

    def __init__(self, skeleton: Skeleton) -> None:
        super().__init__()
        self.skeleton = skeleton
        self._held: int | None = None
        self.setMinimumHeight(_HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(tr("Click two points to join them, or to take the line away; "
                           "double-click one for its colour"))
        self.setVisible(bool(skeleton.points))

    def show_skeleton(self, skeleton: Skeleton) -> None:
        """Show another one."""
        self.skeleton, self._held = skeleton, None
        self.setVisible(bool(skeleton.points))
        self.update()

    def place(self, number: int) -> QPointF:
        """Where a point lies."""
        turn = 2 * math.pi * number / max(1, len(self.skeleton.points)) - math.pi / 2
        return QPointF(self.width() / 2 + self.width() * 0.3 * math.cos(turn),
                       self.height() / 2 + (self.height() / 2 - 26) * math.sin(turn))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position())
        held, self._held = self._held, None
        if number is not None and held is None:
            self._held = number
        elif number is not None and held is not None and number != held:
            self._toggle(held, number)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position())
        self._held = None
        if number is not None:
            self.ask_for_color(number)

    def ask_for_color(self, number: int) -> None:
        """Let a person choose the colour of a point."""
        name = self.skeleton.points[number]
        before = self.skeleton.color(number) or current_theme().color("accent")
        ask_color(self, name, QColor(before), partial(self.set_color, number))

    def set_color(self, number: int, color: str) -> None:
        """Give a point a colour (``#rrggbb``)."""
        self.skeleton = self.skeleton.with_color(number, color)
        self.changed.emit()
        self.update()

    def _at(self, at: QPointF) -> int | None:
        near = [(math.dist(at.toTuple(), self.place(number).toTuple()), number)
                for number in range(len(self.skeleton.points))]
        away, number = min(near, default=(math.inf, 0))
        return number if away <= _REACH else None

    def _toggle(self, one: int, other: int) -> None:
        lines = [line for line in self.skeleton.lines if set(line) != {one, other}]
        if len(lines) == len(self.skeleton.lines):
            lines.append((one, other))
        self.skeleton = self.skeleton._replace(lines=tuple(lines))
        self.changed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = current_theme(), QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.color("accent"), 2.0))
            for one, other in self.skeleton.lines:
                painter.drawLine(self.place(one), self.place(other))
            metrics = painter.fontMetrics()
            for number, name in enumerate(self.skeleton.points):
                at = self.place(number)
                color = QColor(self.skeleton.color(number) or theme.color("accent"))
                painter.setPen(QPen(color, 2.0))
                painter.setBrush(color if number == self._held or self.skeleton.color(number)
                                 else theme.color("canvas"))
                painter.drawEllipse(at, _DOT, _DOT)
                painter.setPen(theme.color("ink"))
                words = f"{number + 1} {name}"
                wide = metrics.horizontalAdvance(words) + 4
                left = at.x() - wide - _DOT - 4 if at.x() < self.width() / 2 - 1 \
                    else at.x() + _DOT + 4
                painter.drawText(QRectF(left, at.y() - 10, wide, 20),
                                 Qt.AlignmentFlag.AlignVCenter, words)
        finally:
            painter.end()

    def sizeHint(self) -> QSize:
        return QSize(320, _HEIGHT)
