"""Every size of the window, and its colours; nothing else in ``gui`` names one."""

from __future__ import annotations

from workbench.core.classes import CLASS_COLORS as CLASS_COLORS
from workbench.core.colors import CONFUSED as CONFUSED
from workbench.core.colors import COUNTING as COUNTING
from workbench.core.colors import DARK as DARK
from workbench.core.colors import EXTRA as EXTRA
from workbench.core.colors import LIGHT as LIGHT
from workbench.core.colors import MISSED as MISSED
from workbench.core.colors import ON_IMAGE as ON_IMAGE
from workbench.core.colors import ON_IMAGE_DARK as ON_IMAGE_DARK
from workbench.core.colors import RIGHT as RIGHT
from workbench.core.colors import UNJUDGED as UNJUDGED
from workbench.core.colors import Colors as Colors

SERIES_COLORS = (
    "#3b82f6", "#d97706", "#2da46b", "#6366f1", "#8b5cf6", "#0891b2", "#db2777", "#65a30d",
)
"""Colours of curves and bars that are no class, at least 3:1 on every surface but the indigo."""

SPACE_XS, SPACE_S, SPACE_M, SPACE_L, SPACE_XL = 4, 8, 12, 16, 24
RADIUS_MARK, RADIUS_CONTROL, RADIUS_CARD = 4, 7, 11
CONTROL_HEIGHT = 30
ROW_HEIGHT, ROW_HEIGHT_TALL = 34, 50
TOP_BAR_HEIGHT, STATUS_HEIGHT, RAIL_WIDTH, RAIL_WIDTH_COMPACT = 44, 26, 64, 48
SIDE_PANEL_WIDTH, LIST_PANEL_WIDTH, FORM_PANEL_WIDTH = 236, 258, 300

FONT_BODY, FONT_SMALL, FONT_CARD_TITLE, FONT_METRIC = 13.0, 11.0, 12.5, 21.0
FONT_HEADING, FONT_HERO = 18, 26
"""Sizes in logical pixels."""

WIDTH_BOX, WIDTH_BOX_ACTIVE, HANDLE = 1.6, 2.2, 8
"""Line widths of boxes and side of a resize handle, in logical pixels."""

ICON_SMALL, ICON, ICON_LARGE, ICON_HERO = 14, 18, 22, 40
"""Sides of an icon in a chip, a button, the rail and an empty state, in logical pixels."""

ICON_GAP = 1.25
"""Width of a button's icon with the gap behind it, as a share of the icon's."""

FOCUS_WIDTH = 2
SCROLLBAR_WIDTH = 10
"""Width of the ring around what has the keyboard, and of a scroll bar."""
