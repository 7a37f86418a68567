"""What areas bring to the window; what is drawn is imported when it is needed."""

from workbench.extension.window import WindowTask

_HERE = "workbench.tasks.segmentation.window"

TASK = WindowTask(
    place="images", sample="image", metric="miou",
    no_labels=("First mark areas on a few images", "A model of areas learns which pixels belong to "
               "a class. Paint them with the brush or draw polygons in Images; about ten images "
               "are enough to try.", "Go to Images"),
    results=f"{_HERE}.page:AreaResults",
    previews=f"{_HERE}.previews:AreaPreviewCard",
    data=f"{_HERE}.training_data:DATA",
    answers=f"{_HERE}.predictions:DISPLAY",
    tool="brush", one_class=True,
    purpose="Says of each pixel which class it belongs to: for tissue, vegetation, water or roads, "
            "and for how much of an image is covered. Things of one class that touch are one "
            "area. It learns from outlines and masks, not from boxes.",
)
