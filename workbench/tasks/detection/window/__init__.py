"""What the detector brings to the window; what is drawn is imported when it is needed."""

from workbench.extension.window import WindowTask

_HERE = "workbench.tasks.detection.window"

TASK = WindowTask(
    place="images", sample="image", metric="map",
    no_labels=("First label a few images", "A model learns from boxes. Draw some in Images; "
               "about ten images are enough to try.", "Go to Images"),
    results=f"{_HERE}.page:DetectionResults",
    previews=f"{_HERE}.previews:PreviewCard",
    data=f"{_HERE}.training_data:DATA",
    answers=f"{_HERE}.predictions:DISPLAY",
    purpose="Finds each thing by itself, with a box around it and, where most are labelled with "
            "one, its outline: for what is counted.",
)
