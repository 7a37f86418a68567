"""What the classifier of sounds brings to the window; what is drawn is imported when needed."""

from workbench.extension.window import WindowTask

_HERE = "workbench.tasks.sound_classification.window"

TASK = WindowTask(
    place="audio", sample="sound", metric="accuracy",
    no_labels=("First label a few sounds", "A model learns from sounds of at least two classes. "
               "Label some in Audio; twenty of each are enough to try.", "Go to Audio"),
    results=f"{_HERE}.page:SoundResults",
    previews=f"{_HERE}.previews:SoundPreviewCard",
    data=f"{_HERE}.training_data:DATA",
    answers="workbench.gui.predict.heard_regions:DISPLAY",
    designer="network", outputs=f"{_HERE}.training_data:outputs",
)
