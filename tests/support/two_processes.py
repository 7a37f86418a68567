"""A process that edits one image as the window does, and says what it was told is saved."""

from __future__ import annotations

import queue
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from workbench.core.annotation import LabeledObject
from workbench.core.shapes import Box
from workbench.project.session import Session

KEY = "photo.png"


def edit(folder: Path, name: str, times: int) -> None:
    """Draw ``times`` boxes one after the other; after a conflict take the other's and go on.

    Prints the label of each box that was acknowledged as saved.
    """
    todo: queue.Queue[Callable[[], None]] = queue.Queue()
    session = Session.open(folder, post=todo.put)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(times):
        label = f"{name}{number}"
        objects = session.document(KEY).annotation.objects
        session.edit(KEY, (*objects, LabeledObject(label, Box(1.0, 2.0, 30.0, 40.0))), "draw")
        while session.saver.unsaved(KEY) and KEY not in session.saver.errors():
            todo.get()()
        if KEY in session.saver.errors():
            session.reload(KEY)
        else:
            print(label, flush=True)
    session.close(10)


def start(folder: Path, name: str, times: int) -> subprocess.Popen[str]:
    """Begin such a process; it waits until :func:`go`."""
    process = subprocess.Popen(
        [sys.executable, __file__, str(folder), name, str(times)], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def go(*processes: subprocess.Popen[str]) -> set[str]:
    """Let them edit at once; return the boxes of which they were told that they are saved."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=300)[0] for process in processes]
    assert not any(process.returncode for process in processes)
    return {label for text in said for label in text.split()}


if __name__ == "__main__":
    edit(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
