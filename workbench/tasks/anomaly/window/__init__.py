"""What finding differences brings to the window; what is drawn is imported when it is needed."""

from workbench.extension.window import WindowTask

_HERE = "workbench.tasks.anomaly.window"

TASK = WindowTask(
    place="sort", sample="image", metric="auroc",
    no_labels=("First open a folder with images of good things", "A model learns what good images "
               "look like, from about 30 of them. Faulty ones are not needed; where there are "
               "some, give them a class in Images, so that it can be told how many are found.",
               "Go to Images"),
    results=f"{_HERE}.page:DifferenceResults", previews="", needs_labels=False,
    data=f"{_HERE}.training_data:DATA",
    answers=f"{_HERE}.predictions:DISPLAY",
    purpose="Learns from good images alone what is usual, and finds what differs: a scratch, a "
            "stain, an odd cell. For when faulty images are few or none; about 30 good ones are "
            "enough. It says where an image differs, not what the fault is.",
)
