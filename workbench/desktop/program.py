"""Which copy of the program is started from a menu, and by which words."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from workbench.core.folders import user_data_folder
from workbench.core.shipped import checkout

ABOUT = "Label images and sounds, train a model on them and see what it got wrong"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the program on this computer."""

    python: Path
    """The interpreter of its environment."""
    folder: Path
    """The folder that a person knows it by."""
    starter: str
    """What in ``folder`` is double-clicked to set it up or to mend it; "" where it was installed
    by other means."""


def this_copy() -> Copy:
    """The one that runs."""
    folder = checkout()
    python = Path(sys.executable).absolute()
    if folder is None:
        return Copy(python, Path(sys.prefix), "")
    name = {"win32": "Workbench.bat", "darwin": "Workbench.command"}.get(sys.platform,
                                                                         "workbench.sh")
    return Copy(python, folder, str(Path("packaging") / name))


def start_log() -> Path:
    """Where it is kept what the program says of itself when it was started from a menu."""
    return user_data_folder() / "start.log"


def mending(copy: Copy) -> str:
    """What a person does where this copy does not start."""
    if copy.starter:
        return (f"Start {copy.folder / copy.starter} again: it brings what is missing, or says "
                "what to do.")
    return "Install Workbench again."


def gone(copy: Copy) -> str:
    """What is said where this copy is no longer where it was."""
    again = f"start {copy.starter} in its new place once" if copy.starter else \
        "start it from its new place once"
    return (f"Workbench is no longer in {copy.folder}.\n\nIf you moved it, {again}: then this "
            "entry of the menu works again.\n\nIf you deleted it, the entry can be deleted, too")
