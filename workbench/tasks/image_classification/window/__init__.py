"""What the classifier of images brings to the window; what is drawn is imported when needed."""

from workbench.extension.window import WindowTask

_HERE = "workbench.tasks.image_classification.window"

TASK = WindowTask(
    place="images", sample="image", metric="accuracy",
    no_labels=("First sort some images", "A model learns from a folder of images for each class, "
               "or from a table labels.csv (file,label); ten of each class are enough to try.",
               "Go to Images"),
    results=f"{_HERE}.page:ImageClassResults",
    previews="",
    data=f"{_HERE}.training_data:DATA",
)
