"""What the menus of the right button in Videos hold; "" is a line."""

ON_A_TRACK = ("relabel", "occluded", "difficult", "", "follow", "follow_back", "hold", "",
              "make_key", "delete_key", "end", "split", "join", "", "copy", "delete", "",
              "fit", "actual_size")
"""On the canvas, while boxes are selected."""
ELSEWHERE = ("draw", "paste", "select_all", "", "hide_boxes", "fit", "actual_size")
OF_A_VIDEO = ("frames", "read_tracks", "save_tracks", "", "show_folder")
