"""What the menus of the right button hold in Audio; "" is a line."""

from __future__ import annotations

CLIP_MENU = ("play", "", "unlabel", "next_todo", "", "labels", "alike", "show_folder", "",
             "delete_clips")
REGION_MENU = ("play", "", "relabel", "duplicate", "delete", "", "zoom_selection", "fit", "",
               "measures", "alike_regions", "hide")
CANVAS_MENU = ("play", "", "region", "band", "split", "", "zoom_selection", "fit", "", "alike",
               "hide")
