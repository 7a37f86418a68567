"""The one style sheet, written from the tokens of a theme."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.gui.style import tokens as t
from workbench.gui.style.tokens import Colors


def pixels(size: float) -> int:
    """A font size in whole logical pixels, halves rounded up."""
    return int(size + 0.5)


def style_sheet(c: Colors, images: Mapping[str, str]) -> str:
    """Return the style sheet for the colours ``c``.

    Parameters
    ----------
    c
        The theme's colours.
    images
        Paths of the marks that a style sheet can only take from a file: ``chevron-down``,
        ``chevron-up``, ``check`` and ``dot``, each already in its colour.
    """
    parts = (_base(c), _buttons(c), _tool_buttons(c), _chips(c), _fields(c, images),
             _boxes_to_check(c, images), _sliders(c), _views(c, images), _menus(c), _surfaces(c),
             _labels(c))
    return "\n".join(parts)


def _image(images: Mapping[str, str], name: str) -> str:
    return f"image: url({images[name]});"


def _base(c: Colors) -> str:
    return f"""
* {{ outline: none; }}
QWidget {{ color: {c.ink}; }}
QWidget:disabled {{ color: {c.faint}; }}
QMainWindow, QDialog, PlaceWidget {{ background: {c.ground}; }}
QToolTip {{ background: {c.panel}; color: {c.ink}; border: 1px solid {c.line_strong};
    padding: {t.SPACE_XS}px {t.SPACE_S}px; }}
QSplitter::handle {{ background: {c.line}; }}
QSplitter::handle:hover {{ background: {c.accent}; }}
QScrollArea, QScrollArea > QWidget > QWidget#scrolled {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: {t.SCROLLBAR_WIDTH}px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: {t.SCROLLBAR_WIDTH}px; margin: 0; }}
QScrollBar::handle {{ background: {c.line_strong}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: {t.CONTROL_HEIGHT}px; }}
QScrollBar::handle:horizontal {{ min-width: {t.CONTROL_HEIGHT}px; }}
QScrollBar::handle:hover {{ background: {c.soft}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QAbstractScrollArea::corner {{ background: transparent; }}
"""


def _buttons(c: Colors) -> str:
    inner = t.CONTROL_HEIGHT - 2
    wide = t.SPACE_M
    return f"""
QPushButton {{ background: {c.panel}; border: 1px solid {c.line}; color: {c.ink};
    border-radius: {t.RADIUS_CONTROL}px; min-height: {inner}px; max-height: {inner}px;
    padding: 0 {wide}px; font-weight: 500; }}
QPushButton:hover {{ background: {c.hover}; border-color: {c.line_strong}; }}
QPushButton:pressed {{ background: {c.line}; }}
QPushButton:checked {{ background: {c.accent_wash}; color: {c.accent_text};
    border-color: {c.accent_wash}; }}
QPushButton[filled="true"], QPushButton[filled="true"]:hover {{ background: {c.accent};
    border-color: {c.accent}; color: {c.accent_ink}; }}
QPushButton[filled="true"]:focus {{ border-color: {c.ink}; }}
QPushButton:disabled {{ background: transparent; color: {c.faint}; }}
QPushButton:focus {{ border: {t.FOCUS_WIDTH}px solid {c.accent}; padding: 0 {wide - 1}px;
    min-height: {inner - 2}px; max-height: {inner - 2}px; }}
QPushButton[tone="accent"] {{ color: {c.accent_text}; }}
QPushButton[tone="bad"] {{ color: {c.bad_text}; }}
QPushButton[tone="bad"]:disabled, QPushButton[tone="accent"]:disabled {{ color: {c.faint}; }}
PrimaryButton {{ background: {c.accent}; border-color: {c.accent}; color: {c.accent_ink};
    font-weight: 600; }}
PrimaryButton:hover {{ background: {c.accent_hover}; border-color: {c.accent_hover}; }}
PrimaryButton:pressed {{ background: {c.accent_text}; }}
PrimaryButton:checked {{ background: {c.accent}; color: {c.accent_ink}; }}
PrimaryButton:disabled {{ background: {c.line}; border-color: {c.line}; color: {c.faint}; }}
PrimaryButton:focus {{ border: {t.FOCUS_WIDTH}px solid {c.ink}; }}
PrimaryButton[tone="bad"] {{ background: {c.bad}; border-color: {c.bad}; color: {c.bad_ink}; }}
QPushButton[large="true"] {{ min-height: {t.CONTROL_HEIGHT + 6}px;
    max-height: {t.CONTROL_HEIGHT + 6}px; }}
LinkButton, LinkButton:hover, LinkButton:pressed {{ background: transparent; border: none;
    color: {c.accent_text}; padding: 0 2px; min-height: {t.SPACE_L + 4}px; text-align: left;
    font-size: {pixels(t.FONT_SMALL) + 1}px; }}
LinkButton:hover {{ text-decoration: underline; }}
LinkButton:focus {{ border: 1px solid {c.accent}; padding: 0 1px; min-height: {t.SPACE_L + 4}px; }}
"""


def _tool_buttons(c: Colors) -> str:
    return f"""
QToolButton {{ background: transparent; border: 1px solid transparent;
    border-radius: {t.RADIUS_CONTROL}px; padding: 0; color: {c.soft}; }}
QToolButton:hover {{ background: {c.hover}; }}
QToolButton:pressed {{ background: {c.line}; }}
QToolButton:checked {{ background: {c.accent_wash}; color: {c.accent_text}; }}
QToolButton:focus {{ border: {t.FOCUS_WIDTH}px solid {c.accent}; }}
QToolButton::menu-indicator {{ image: none; width: 0; }}
QToolButton[bordered="true"] {{ background: {c.panel}; border: 1px solid {c.line}; }}
QToolButton[bordered="true"]:hover {{ background: {c.hover}; }}
QToolButton[bordered="true"]:disabled {{ background: transparent; }}
QToolButton[bordered="true"]:checked {{ background: {c.accent_wash}; }}
QToolButton[bordered="true"]:focus {{ border: {t.FOCUS_WIDTH}px solid {c.accent}; }}
"""


def _chips(c: Colors) -> str:
    return f"""
Chip {{ background: transparent; border: 1px solid {c.line}; color: {c.soft};
    border-radius: 11px; min-height: 20px; max-height: 20px; padding: 0 9px; font-weight: 400;
    font-size: {pixels(t.FONT_SMALL) + 1}px; }}
Chip:hover {{ background: {c.hover}; border-color: {c.line_strong}; }}
Chip:checked {{ color: {c.accent_text}; border-color: {c.accent}; background: transparent; }}
Chip:focus {{ border: {t.FOCUS_WIDTH}px solid {c.accent}; padding: 0 8px; min-height: 18px;
    max-height: 18px; }}
Chip:disabled {{ color: {c.faint}; }}
"""


def _fields(c: Colors, images: Mapping[str, str]) -> str:
    inner = t.CONTROL_HEIGHT - 2
    return f"""
QLineEdit, QAbstractSpinBox, QComboBox {{ background: {c.raised}; border: 1px solid {c.line};
    border-radius: {t.RADIUS_CONTROL}px; min-height: {inner}px; max-height: {inner}px;
    padding: 0 {t.SPACE_S}px; color: {c.ink}; selection-background-color: {c.accent};
    selection-color: {c.accent_ink}; }}
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover {{ border-color: {c.line_strong}; }}
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {{
    border: {t.FOCUS_WIDTH}px solid {c.accent}; padding: 0 {t.SPACE_S - 1}px;
    min-height: {inner - 2}px; max-height: {inner - 2}px; }}
SearchField {{ padding-left: 0; }}
SearchField:focus {{ padding-left: 0; }}
QLineEdit[invalid="true"], QAbstractSpinBox[invalid="true"] {{ border-color: {c.bad}; }}
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled {{ color: {c.faint}; }}
QPlainTextEdit, QTextEdit, QTextBrowser {{ background: {c.panel}; border: 1px solid {c.line};
    border-radius: {t.RADIUS_CONTROL}px; selection-background-color: {c.accent};
    selection-color: {c.accent_ink}; }}
QPlainTextEdit:focus, QTextEdit:focus {{ border-color: {c.accent}; }}
QPlainTextEdit[flat="true"], QPlainTextEdit[flat="true"]:focus {{ border: none;
    border-top: 1px solid {c.line}; border-radius: 0; padding: {t.SPACE_XS}px; }}
QComboBox::drop-down {{ border: none; width: 22px; }}
QComboBox::down-arrow {{ {_image(images, "chevron-down")} width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{ background: {c.panel}; border: 1px solid {c.line_strong};
    padding: {t.SPACE_XS}px; outline: none; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; width: 18px;
    background: transparent; subcontrol-origin: border; }}
QAbstractSpinBox::up-button {{ subcontrol-position: top right; }}
QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; }}
QAbstractSpinBox::up-arrow {{ {_image(images, "chevron-up")} width: 9px; height: 9px; }}
QAbstractSpinBox::down-arrow {{ {_image(images, "chevron-down")} width: 9px; height: 9px; }}
"""


def _boxes_to_check(c: Colors, images: Mapping[str, str]) -> str:
    return f"""
QCheckBox, QRadioButton {{ spacing: {t.SPACE_S}px; background: transparent; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: 15px; height: 15px;
    border: 1px solid {c.line_strong}; background: {c.raised}; border-radius: {t.RADIUS_MARK}px; }}
QRadioButton::indicator {{ border-radius: 8px; }}
QCheckBox::indicator:hover, QRadioButton::indicator:hover {{ border-color: {c.accent}; }}
QCheckBox::indicator:checked {{ background: {c.accent}; border-color: {c.accent};
    {_image(images, "check")} }}
QRadioButton::indicator:checked {{ background: {c.accent}; border-color: {c.accent};
    {_image(images, "dot")} }}
QCheckBox::indicator:focus, QRadioButton::indicator:focus {{
    border: {t.FOCUS_WIDTH}px solid {c.accent}; width: 13px; height: 13px; }}
"""


def _sliders(c: Colors) -> str:
    return f"""
QSlider:horizontal {{ min-height: 18px; background: transparent; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {c.line}; }}
QSlider::sub-page:horizontal {{ background: {c.accent}; border-radius: 2px; }}
QSlider::sub-page:horizontal:disabled {{ background: {c.line_strong}; }}
QSlider::handle:horizontal {{ width: 10px; height: 10px; margin: -5px 0; border-radius: 7px;
    border: 2px solid {c.accent}; background: {c.panel}; }}
QSlider::handle:horizontal:hover {{ background: {c.accent_wash}; }}
QSlider::handle:horizontal:focus {{ background: {c.accent}; border-color: {c.ink}; }}
QSlider::handle:horizontal:disabled {{ border-color: {c.line_strong}; }}
QProgressBar {{ background: {c.line}; border: none; border-radius: 3px; min-height: 6px;
    max-height: 6px; color: transparent; }}
QProgressBar::chunk {{ background: {c.accent}; border-radius: 3px; }}
"""


def _views(c: Colors, images: Mapping[str, str]) -> str:
    return f"""
QAbstractItemView {{ background: transparent; border: none; color: {c.ink};
    selection-background-color: {c.accent_wash}; selection-color: {c.ink};
    alternate-background-color: {c.raised}; gridline-color: {c.line}; }}
QListView::item, QTreeView::item {{ border-radius: {t.RADIUS_CONTROL}px;
    padding: {t.SPACE_XS}px; }}
QAbstractItemView::item:hover {{ background: {c.hover}; }}
QAbstractItemView::item:selected {{ background: {c.accent_wash}; color: {c.ink}; }}
QListView {{ background: {c.panel}; }}
CardView {{ background: {c.ground}; }}
SidePanel CardView {{ background: {c.panel}; }}
ListTable {{ selection-background-color: transparent; }}
ListTable::item:hover, ListTable::item:selected {{ background: transparent; }}
QHeaderView {{ background: transparent; }}
QHeaderView::section {{ background: {c.panel}; color: {c.soft}; border: none;
    border-bottom: 1px solid {c.line}; padding: {t.SPACE_XS}px {t.SPACE_S}px;
    font-size: {pixels(t.FONT_SMALL)}px; font-weight: 600; }}
QHeaderView::up-arrow {{ {_image(images, "chevron-up")} width: 10px; height: 10px; }}
QHeaderView::down-arrow {{ {_image(images, "chevron-down")} width: 10px; height: 10px; }}
QTableView::item {{ padding: 0 {t.SPACE_S}px; }}
QTableView[dense="true"]::item {{ padding: 0 {t.SPACE_XS}px; }}
QTableView[dense="true"] QHeaderView::section {{ padding: {t.SPACE_XS}px; }}
QTableCornerButton::section {{ background: {c.panel}; border: none; }}
QTabBar::tab {{ background: transparent; color: {c.soft}; border: none; padding: 6px 10px;
    border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {c.accent_text}; border-bottom-color: {c.accent}; }}
QTabWidget::pane {{ border: none; }}
"""


def _menus(c: Colors) -> str:
    return f"""
QMenu {{ background: {c.panel}; border: 1px solid {c.line_strong};
    border-radius: {t.RADIUS_CONTROL}px; padding: {t.SPACE_XS}px; }}
QMenu::item {{ padding: 5px {t.SPACE_XL}px 5px {t.SPACE_M}px; border-radius: {t.RADIUS_MARK}px;
    background: transparent; }}
QMenu::icon {{ padding-left: {t.SPACE_S}px; }}
QMenu::item:selected {{ background: {c.accent_wash}; color: {c.ink}; }}
QMenu::item:disabled {{ color: {c.faint}; }}
QMenu::separator {{ height: 1px; background: {c.line}; margin: {t.SPACE_XS}px {t.SPACE_S}px; }}
QMenuBar {{ background: {c.panel}; border-bottom: 1px solid {c.line}; }}
QMenuBar::item {{ padding: 4px {t.SPACE_S}px; background: transparent;
    border-radius: {t.RADIUS_MARK}px; }}
QMenuBar::item:selected {{ background: {c.accent_wash}; }}
"""


def _surfaces(c: Colors) -> str:
    line = f"1px solid {c.line}"
    return f"""
Card {{ background: {c.panel}; border: {line}; border-radius: {t.RADIUS_CARD}px; }}
Card[flat="true"] {{ background: {c.raised}; }}
Card[verdict="ok"] {{ border-color: {c.ok}; }}
Card[verdict="warn"] {{ border-color: {c.warn}; }}
Card[verdict="bad"] {{ border-color: {c.bad}; }}
SidePanel {{ background: {c.panel}; border: none; }}
SidePanel[edge="left"] {{ border-left: {line}; }}
SidePanel[edge="right"] {{ border-right: {line}; }}
SidePanel[edge="bottom"] {{ border-bottom: {line}; }}
SidePanel[edge="top"] {{ border-top: {line}; }}
Popup {{ background: {c.panel}; border: 1px solid {c.line_strong};
    border-radius: {t.RADIUS_CARD}px; }}
QFrame#pill {{ background: transparent; border: {line}; border-radius: 12px; }}
QFrame#pill:hover {{ border-color: {c.line_strong}; }}
QFrame#palette-field {{ background: {c.raised}; border: {line};
    border-radius: {t.RADIUS_CONTROL}px; }}
QFrame#palette-field:hover {{ border-color: {c.line_strong}; }}
QFrame#palette-field:focus {{ border: {t.FOCUS_WIDTH}px solid {c.accent}; }}
QFrame#drop {{ background: {c.panel}; border: 1px dashed {c.line_strong};
    border-radius: {t.RADIUS_CARD}px; }}
QFrame#recent {{ background: transparent; border: {t.FOCUS_WIDTH}px solid transparent;
    border-radius: {t.RADIUS_CONTROL}px; }}
QFrame#recent:hover, QFrame#sample:hover {{ background: {c.hover}; }}
QFrame#recent:focus, QFrame#sample:focus {{ border-color: {c.accent}; }}
QFrame#sample {{ background: {c.panel}; border: 1px solid {c.line};
    border-radius: {t.RADIUS_CONTROL}px; }}
RailButton {{ color: {c.soft}; font-size: {pixels(t.FONT_SMALL)}px; border-radius: 9px;
    border: {t.FOCUS_WIDTH}px solid transparent; padding: 3px 0 2px 0; }}
RailButton:checked {{ background: {c.accent_wash}; color: {c.accent_text}; font-weight: 600; }}
RailButton:disabled {{ color: {c.faint}; }}
RailButton:focus {{ border-color: {c.accent}; }}
MessageBar {{ background: {c.panel}; border: 1px solid {c.line_strong};
    border-left: 3px solid {c.accent}; border-radius: {t.RADIUS_CONTROL}px; }}
MessageBar[tone="ok"] {{ border-left-color: {c.ok}; }}
MessageBar[tone="warn"] {{ border-left-color: {c.warn}; }}
MessageBar[tone="bad"] {{ border-left-color: {c.bad}; }}
"""


def _labels(c: Colors) -> str:
    small = pixels(t.FONT_SMALL)
    tones = "\n".join(
        f'QLabel[tone="{tone}"] {{ color: {color}; }}'
        for tone, color in (("soft", c.soft), ("faint", c.faint), ("accent", c.accent_text),
                            ("ok", c.ok_text), ("warn", c.warn_text), ("bad", c.bad_text))
    )
    return f"""
QLabel {{ background: transparent; }}
{tones}
QLabel[role="small"] {{ font-size: {small}px; color: {c.soft}; }}
QLabel[role="caption"] {{ font-size: {small + 1}px; color: {c.soft}; }}
QLabel[role="title"] {{ font-size: {pixels(t.FONT_CARD_TITLE)}px; font-weight: 600; }}
QLabel[role="heading"] {{ font-size: {t.FONT_HEADING}px; font-weight: 600; }}
QLabel[role="brand"] {{ font-weight: 600; }}
QLabel[role="hero"] {{ font-size: {t.FONT_HERO}px; font-weight: 700; }}
QLabel[role="metric"] {{ font-size: {pixels(t.FONT_METRIC)}px; font-weight: 700; }}
QLabel[role="section"] {{ font-size: {small}px; font-weight: 600; color: {c.soft}; }}
QLabel[role="small"][tone="bad"], QLabel[role="caption"][tone="bad"] {{ color: {c.bad_text}; }}
QLabel[role="small"][tone="ok"], QLabel[role="caption"][tone="ok"] {{ color: {c.ok_text}; }}
QLabel[role="small"][tone="warn"], QLabel[role="caption"][tone="warn"] {{
    color: {c.warn_text}; }}
KeyHint {{ font-size: {small}px; color: {c.soft}; background: {c.panel};
    border: 1px solid {c.line}; border-radius: {t.RADIUS_MARK}px; padding: 0 4px; }}
"""
