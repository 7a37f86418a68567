"""Commands of the shell that come with this task."""

from workbench.extension.shell import ShellCommand

_HERE = "workbench.tasks.image_classification.shell_crops"

COMMANDS = (ShellCommand("crops", "make a project of image classes from the boxes of another",
                         f"{_HERE}:add", f"{_HERE}:run"),)
