"""SIGKILL while a class is renamed in clips and images, or while that is undone, at any moment."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.helpers import Owner, labelled
from tests.project.test_sound_relabel import finished, on_disk
from tests.project.test_sounds import beep
from workbench.project.edits.journal import has_unfinished
from workbench.project.session import Session

COUNT, TIMES = 60, 12

RENAMING = """
import os, queue, signal, sys, threading
from pathlib import Path
from workbench.project.library import base as library
from workbench.project.session import Session
library.Library.at_once, library.SLICE = 10, 7
todo = queue.Queue()
session = Session.open(Path(sys.argv[1]), post=todo.put)
while session.index.summarizing or session.sounds.scanning:
    todo.get()()
if sys.argv[2] == "undo":
    session.rename_class("one", "uno")
    while session.sounds.work is not None or session.saver.state == "saving":
        todo.get()()
calls, last = 0, int(sys.argv[3])
def counting(real):
    def call(*arguments, **named):
        global calls
        calls += 1
        if calls >= last:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)
    return call
os.fsync, os.replace = counting(os.fsync), counting(os.replace)
if sys.argv[2] == "undo":
    session.undo.undo()
else:
    session.rename_class("one", "uno")
while session.sounds.work is not None or session.saver.state == "saving":
    todo.get()()
"""


def make(folder: Path) -> Path:
    for number in range(COUNT):
        beep(folder / f"{('one', 'two')[number % 2]}_ann_{number}.wav", 0.02)
    labelled(folder, "photo.png", ["one", "two"])
    return folder


@pytest.mark.timeout(900)
def test_one_class_is_left_after_every_kill(tmp_path: Path) -> None:
    first, moments = make(tmp_path / "first"), random.Random(7)
    half = 0
    for number in range(TIMES):
        folder = shutil.copytree(first, tmp_path / str(number))
        what = ("do", "undo")[number % 2]
        done = subprocess.run([sys.executable, "-c", RENAMING, str(folder), what,
                               str(moments.randint(1, 3 * COUNT // 2))],
                              capture_output=True, timeout=120, check=False)
        assert done.returncode in (0, -9), done.stderr.decode()
        half += has_unfinished(folder)
        owner = Owner()
        session = Session.open(folder, post=owner.post)
        owner.ready(session)
        finished(session, owner)
        whole = [{name: COUNT // 2, "two": COUNT // 2} for name in ("one", "uno")]
        owner.until(lambda: session.sounds.class_counts() in whole)  # noqa: B023  called at once
        assert len(session.classes) == 2
        assert session.close(20)
        assert not {"one", "uno"} <= on_disk(folder)
    print(f"{TIMES} kills, {half} in the middle of the step, 0 with two classes left")
    assert half
