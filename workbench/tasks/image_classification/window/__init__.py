"""What the classifier of images brings to the window; what is drawn is imported when needed."""

from workbench.extension.window import WindowTask

_HERE = "workbench.tasks.image_classification.window"

TASK = WindowTask(
    place="sort", sample="image", metric="accuracy",
    no_labels=("First sort a few images", "A model learns from images of at least two classes. "
               "Give some a class in Images; ten of each are enough to try.", "Go to Images"),
    results=f"{_HERE}.page:ImageClassResults",
    choose_results=f"{_HERE}.choose_page:choose_page",
    previews=f"{_HERE}.previews:ImagePreviewCard",
    data=f"{_HERE}.training_data:DATA",
    answers=f"{_HERE}.predictions:DISPLAY",
    designer="network", outputs=f"{_HERE}.training_data:outputs",
)
