"""What calls in sounds bring to the window; what is drawn is imported when it is needed."""

from workbench.extension.window import WindowTask

_HERE = "workbench.tasks.sound_detection.window"

TASK = WindowTask(
    place="audio", sample="recording", metric="map",
    no_labels=("First draw boxes around a few calls", "A model of calls learns from regions with a "
               "lowest and a highest frequency: in Audio, hold Shift and drag over each call. "
               "Thirty of each class are enough to try.", "Go to Audio"),
    results=f"{_HERE}.page:CallResults",
    previews=f"{_HERE}.previews:CallPreviewCard",
    data=f"{_HERE}.training_data:DATA",
    answers="workbench.gui.predict.heard_regions:CALLS",
    purpose="Finds each call with its start, end, lowest and highest frequency, also where calls "
            "of several species lie above each other. It learns from regions with a band (Shift "
            "and drag in Audio, or Raven's tables).",
)
