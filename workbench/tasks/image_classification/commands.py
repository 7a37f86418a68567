"""Commands of the shell and explanations that come with this task."""

from workbench.extension.explanations import ExplanationMethod
from workbench.extension.shell import ShellCommand
from workbench.tasks.image_classification.kind import ID

_HERE = "workbench.tasks.image_classification"

COMMANDS = (
    ShellCommand("crops", "make a project of image classes from the boxes of another",
                 f"{_HERE}.shell_crops:add", f"{_HERE}.shell_crops:run"),
    ShellCommand("event-frames", "make a project of image classes from the events of videos",
                 f"{_HERE}.shell_events:add", f"{_HERE}.shell_events:run"),
    ShellCommand("class-folders", "move images into the folders of their classes",
                 f"{_HERE}.shell_folders:add", f"{_HERE}.shell_folders:run"),
)
EXPLANATIONS = (ExplanationMethod("occlusion", "What the score depends on", (ID,),
                                  f"{_HERE}.engine.occlusion:explain"),)
