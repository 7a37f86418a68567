"""The window itself: top bar, rail, places, sheets, command palette, start page."""
