"""What the menus of the right button hold in Images; "" is a line."""

from __future__ import annotations

_ALWAYS = ("", "verify", "needs_work", "note", "hide_boxes", "fit", "actual_size")
CHOSEN = ("relabel", "convert", "trace", "find_objects", "", "difficult", "truncated", "occluded",
          "", "duplicate", "copy", "follow_forward", "delete", "",
          "alike_objects", *_ALWAYS)
"""On the canvas, while boxes are selected."""
NOT_CHOSEN = ("draw", "paste", "paste_previous", "select_all", "", "alike", "pages", *_ALWAYS)
OF_AN_IMAGE = ("verify", "", "paste_previous", "copy", "", "alike", "pages", "show_folder")
