"""Buttons and chips.

A click with the mouse does not take the keyboard away from the canvas: buttons get the focus with
Tab only.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolButton, QWidget

from workbench.gui.style import tokens
from workbench.gui.style.theme import current_theme
from workbench.gui.widgets.labels import key_text
from workbench.gui.widgets.layout import FlowLayout, repolish

Run = Callable[..., object] | SignalInstance | None
"""What a click does, if that is known where the button is made."""
_LONGEST_CHIP = 48  # characters


class _ThemedButton(QPushButton):
    """A push button whose icon follows the theme.

    Parameters
    ----------
    run
        What a click does.
    tip
        Its tooltip.
    """

    icon_color = "ink"

    def __init__(self, text: str, icon: str = "", *, run: Run = None, tip: str = "") -> None:
        super().__init__(text)
        if run is not None:
            self.clicked.connect(run)
        if tip:
            self.setToolTip(tip)
        self._icon_name = self._key_words = ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self._set_icon_side(tokens.ICON - 2)
        self.set_icon(icon)

    def set_icon(self, name: str) -> None:
        """Show the icon ``name``, or none for ""."""
        if name and not self._icon_name:
            current_theme().changed.connect(self._draw_icon)
        self._icon_name = name
        self._draw_icon()

    def set_tone(self, tone: str) -> None:
        """``"accent"``, ``"bad"`` (for what destroys) or ""."""
        repolish(self, "tone", tone)
        self._draw_icon()

    def set_keys(self, keys: str) -> None:
        """Name the shortcut in the tooltip (it is not installed here)."""
        text = (self.toolTip() or self.text()).removesuffix(self._key_words)
        self._key_words = f" ({key_text(keys)})" if keys else ""
        self.setToolTip(text + self._key_words)

    def _draw_icon(self) -> None:
        if self._icon_name:
            tone = self.property("tone")
            color = f"{tone}_text" if tone and self.icon_color == "ink" else self.icon_color
            self.setIcon(current_theme().icon(self._icon_name, color, gap=True))

    def _set_icon_side(self, side: int) -> None:
        self.setIconSize(QSize(round(side * tokens.ICON_GAP), side))


class PrimaryButton(_ThemedButton):
    """The one filled button of a place."""

    icon_color = "accent_ink"

    def __init__(self, text: str, icon: str = "", *, large: bool = False, run: Run = None,
                 tip: str = "") -> None:
        super().__init__(text, icon, run=run, tip=tip)
        if large:
            self.setProperty("large", "true")


class QuietButton(_ThemedButton):
    """Any other button with words; ``danger`` for one that destroys."""

    def __init__(self, text: str, icon: str = "", *, danger: bool = False, run: Run = None,
                 tip: str = "") -> None:
        super().__init__(text, icon, run=run, tip=tip)
        if danger:
            self.set_tone("bad")


class LinkButton(_ThemedButton):
    """Words that act, without a frame ("More: optimiser, schedule")."""

    icon_color = "accent_text"

    def __init__(self, text: str, icon: str = "", *, run: Run = None, tip: str = "") -> None:
        super().__init__(text, icon, run=run, tip=tip)
        self._set_icon_side(tokens.ICON_SMALL)
        self.setCursor(Qt.CursorShape.PointingHandCursor)


class FoldButton(LinkButton):
    """Words that unfold a part of a page, and fold it away again; it is folded at first."""

    def __init__(self, text: str) -> None:
        super().__init__(text, "chevron-right")
        self.setCheckable(True)

    def fold(self, part: QWidget) -> None:
        """Show ``part`` only while this is pressed."""
        def show(open: bool) -> None:
            part.setVisible(open)
            self.set_icon("chevron-down" if open else "chevron-right")

        self.toggled.connect(show)
        part.setVisible(self.isChecked())


class IconButton(QToolButton):
    """A square button with an icon; ``text`` is its tooltip and its name for screen readers."""

    def __init__(self, icon: str, text: str, parent: QWidget | None = None, *, keys: str = "",
                 bordered: bool = False, checkable: bool = False,
                 side: int = tokens.CONTROL_HEIGHT, run: Run = None) -> None:
        super().__init__(parent)
        if run is not None:
            self.clicked.connect(run)
        self._icon_name, self._keys, self._why = icon, keys, ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(side, side)
        self.setIconSize(QSize(tokens.ICON, tokens.ICON) if side >= tokens.CONTROL_HEIGHT
                         else QSize(tokens.ICON_SMALL, tokens.ICON_SMALL))
        self.setAccessibleName(text)
        self._write_tip()
        self.setCheckable(checkable)
        if bordered:
            self.setProperty("bordered", "true")
        self._draw_icon()
        current_theme().changed.connect(self._draw_icon)
        self.toggled.connect(self._draw_icon)

    def set_keys(self, keys: str) -> None:
        """Say another key in the tool tip; "" says none."""
        self._keys = keys
        self._write_tip()

    def set_why(self, why: str) -> None:
        """Say in the tool tip why it cannot be used now; "" says nothing."""
        if why != self._why:
            self._why = why
            self._write_tip()

    def _write_tip(self) -> None:
        text = self.accessibleName()
        keyed = f"{text} ({key_text(self._keys)})" if self._keys else text
        self.setToolTip(f"{keyed}\n{self._why}" if self._why else keyed)

    def set_icon(self, name: str) -> None:
        """Show another icon."""
        self._icon_name = name
        self._draw_icon()

    def set_name(self, text: str) -> None:
        """Call it something else."""
        self.setAccessibleName(text)
        self._write_tip()

    def _draw_icon(self) -> None:
        color = "accent_text" if self.isChecked() else "soft"
        self.setIcon(current_theme().icon(self._icon_name, color))


class Chip(QPushButton):
    """A small round button, often a filter with a count ("To do 291"); a long name is cut, and said
    in full by its tool tip."""

    def __init__(self, text: str, parent: QWidget | None = None, *, count: int | None = None,
                 checkable: bool = False) -> None:
        super().__init__(parent)
        self._text = text
        self._count = count
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self._write()

    def set_text(self, text: str) -> None:
        self._text = text
        self._write()

    def set_count(self, count: int | None) -> None:
        """Show ``count`` behind the word; None shows none."""
        if count != self._count:
            self._count = count
            self._write()

    def _write(self) -> None:
        number = "" if self._count is None else f" {self._count:,}"
        name = self._text
        if len(name) > _LONGEST_CHIP:  # else it would widen what it lies in
            name = f"{name[:_LONGEST_CHIP]}…"
            self.setToolTip(self._text)
        self.setText((name + number).replace("&", "&&"))
        self.setAccessibleName(self._text + number)


class ChipGroup(QWidget):
    """Chips of which exactly one is chosen (or any number, if not ``exclusive``)."""

    changed = Signal(str)
    """The choice is another one; for an exclusive group with its id, otherwise with ""."""

    def __init__(self, *, exclusive: bool = True) -> None:
        super().__init__()
        self._exclusive = exclusive
        self._chips: dict[str, Chip] = {}
        FlowLayout(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add(self, id: str, text: str, count: int | None = None) -> Chip:
        """Append a chip; the first one of an exclusive group is chosen."""
        chip = Chip(text, self, count=count, checkable=True)
        chip.clicked.connect(lambda: self._clicked(id))
        self._chips[id] = chip
        layout = self.layout()
        assert layout is not None
        layout.addWidget(chip)
        if self._exclusive and len(self._chips) == 1:
            chip.setChecked(True)
        return chip

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Chips that need a second line get it: a row of a layout asks for one line only."""
        super().resizeEvent(event)
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def __getitem__(self, id: str) -> Chip:
        return self._chips[id]

    @property
    def ids(self) -> list[str]:
        """Ids of all chips."""
        return list(self._chips)

    @property
    def selected(self) -> str:
        """Id of the (first) chosen chip, or ""."""
        return next(iter(self.selection), "")

    @property
    def selection(self) -> list[str]:
        """Ids of all chosen chips."""
        return [id for id, chip in self._chips.items() if chip.isChecked()]

    def select(self, id: str) -> None:
        """Choose the chip ``id`` as a click would."""
        if self._exclusive:
            if id == self.selected:
                return
            for other, chip in self._chips.items():
                chip.setChecked(other == id)
            self.changed.emit(id)
        else:
            self._chips[id].setChecked(True)
            self.changed.emit("")

    def mark(self, id: str) -> None:
        """Show ``id`` as the one that is chosen, without telling; none where there is no such."""
        for other, chip in self._chips.items():
            chip.setChecked(other == id)

    def set_count(self, id: str, count: int | None) -> None:
        self._chips[id].set_count(count)
        if self.width():
            self.setMinimumHeight(self.heightForWidth(self.width()))

    def _clicked(self, id: str) -> None:
        if any(chip.hasFocus() for chip in self._chips.values()):
            self._chips[id].setFocus()  # a click alone leaves it at the one that was chosen before
        if not self._exclusive:
            self.changed.emit("")
            return
        for other, chip in self._chips.items():
            chip.setChecked(other == id)
        self.changed.emit(id)
