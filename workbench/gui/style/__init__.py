"""Colours, sizes, the style sheet, icons and fonts."""
