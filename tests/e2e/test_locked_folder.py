"""Folders that one may not look into are told, and nothing else stops working."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image

OPEN_AND_SAY = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication, QLabel
from workbench.gui.app.program import build

app = QApplication([])
program = build(app, start_engine=False)
program.projects.open(Path(sys.argv[1]))
program.window.show()
session = program.context.session
while session.index.summarizing or not program.window.place_widget("images"):
    app.processEvents()
app.processEvents()
print(len(session.index), [problem.reason for problem in session.problems])
print([label.text() for label in program.window.findChildren(QLabel) if label.isVisible()])
program.window.close_now()
"""

DO_COMMANDS = """
import contextlib, io, json, os, sys
from workbench.cli import main
for line in sys.stdin:
    words, environment = json.loads(line)
    os.environ.clear()
    os.environ.update(environment)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(words)
        except SystemExit as error:
            code = error.code
    print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
"""


def as_a_person() -> list[str]:
    """What makes permissions hold in a process, also where root runs the tests."""
    if os.name != "posix":
        pytest.skip("permissions are something else here")
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may look everywhere")
    without = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={without}", f"--inh-caps={without}"]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*as_a_person(), sys.executable, *words], capture_output=True,
                          text=True, timeout=120, check=False)


class Told(NamedTuple):
    """What a command of the shell ended with and printed."""

    returncode: int
    stdout: str
    stderr: str


class Shell:
    """A process, with permissions that hold, that does commands one after the other.

    One for all: torch, which some of them need, is imported once.
    """

    def __init__(self) -> None:
        self.process = subprocess.Popen([*as_a_person(), sys.executable, "-c", DO_COMMANDS],
                                        text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def do(self, *words: str) -> Told:
        """Do a command in the environment of the test."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps([words, dict(os.environ)]) + "\n")
        self.process.stdin.flush()
        return Told(*json.loads(self.process.stdout.readline()))

    def end(self) -> None:
        self.process.communicate(timeout=120)


@pytest.fixture(scope="module")
def shell() -> Iterator[Shell]:
    begun = Shell()
    yield begun
    begun.end()


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A folder with an image, an image that may not be read, and a folder that is locked."""
    folder = tmp_path / "photos"
    (folder / "locked").mkdir(parents=True)
    for name in ("open.png", "secret.png", "locked/inside.png"):
        Image.new("RGB", (40, 30), (90, 140, 200)).save(folder / name)
    (folder / "link").symlink_to(folder / "locked" / "nowhere")
    (folder / "locked").chmod(0)
    (folder / "secret.png").chmod(0)
    yield folder
    folder.chmod(0o755)
    (folder / "locked").chmod(0o755)


def test_a_link_in_a_circle_or_to_where_one_may_not_look_is_not_said_to_be_lost(
        shell: Shell, locked: Path) -> None:
    (locked / "a.png").symlink_to(locked / "b.png")
    (locked / "b.png").symlink_to(locked / "a.png")
    (locked / "c.png").symlink_to(locked / "locked" / "inside.png")
    (locked / "d.png").symlink_to(locked / "nowhere.png")
    done = shell.do("doctor", str(locked))
    assert (done.returncode, done.stderr) == (0, "")
    told = {name: line for line in done.stdout.splitlines() for name in "abcd"
            if f"{name}.png" in line.split()[3]}
    assert "the link points at itself" in told["a"] and "the link points at itself" in told["b"]
    assert "there is no permission to read it" in told["c"]
    assert "which is not there: its folder was moved" in told["d"]


def test_doctor_lists_what_is_locked(shell: Shell, locked: Path) -> None:
    done = shell.do("doctor", str(locked))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Cannot be used: {locked / 'locked'}: The folder could not be listed" in done.stdout
    assert f"Cannot be used: {locked / 'secret.png'} could not be read" in done.stdout


@pytest.mark.parametrize(("command", "code"), [
    (("doctor",), 0), (("runs",), 0), (("train", "--epochs", "1"), 1),
])
def test_commands_say_it_of_a_whole_folder(shell: Shell, locked: Path, command: tuple[str, ...],
                                           code: int) -> None:
    locked.chmod(0)
    done = shell.do(command[0], str(locked), *command[1:])
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    if command[0] != "runs":
        assert "there is no permission to read it" in done.stdout + done.stderr


@pytest.mark.parametrize("how", [("--project", "new"), ("--in-place",)])
def test_import_names_the_folder_that_is_locked(shell: Shell, locked: Path, tmp_path: Path,
                                                how: tuple[str, ...]) -> None:
    wanted = [str(tmp_path / word) if word == "new" else word for word in how]
    locked.chmod(0)
    done = shell.do("import", str(locked), *wanted)
    assert (done.returncode, done.stderr) == (
        1, "workbench import: photos: the folder could not be listed: there is no permission to "
           "read it.\n")
    assert not (tmp_path / "new").exists()


def test_import_takes_what_lies_beside_a_locked_folder(shell: Shell, locked: Path,
                                                       tmp_path: Path) -> None:
    done = shell.do("import", str(locked), "--project", str(tmp_path / "new"))
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "new" / "images" / "open.png").is_file()
    assert "secret.png was left out: there is no permission to read it." in done.stdout


def test_predict_tells_of_folders_that_it_cannot_list(shell: Shell, locked: Path,
                                                      tmp_path: Path) -> None:
    kept = Path(__file__).parents[1] / "data" / "kept_projects" / "0.1" / "boxes"
    project = shutil.copytree(kept, tmp_path / "boxes")
    (locked / "secret.png").chmod(0o644)
    done = shell.do("predict", str(project), str(locked))
    assert done.returncode == 1 and "secret.png: " in done.stdout
    assert "as found in Results" in done.stderr.splitlines()[0]
    assert done.stderr.splitlines()[1:] == [f"workbench predict: {locked / 'locked'} could not be "
                                            "listed: there is no permission to read it"]


@pytest.mark.parametrize("name", ["boxes", "sounds"])
def test_a_project_that_may_not_be_written_is_evaluated_or_that_is_refused(
        shell: Shell, tmp_path: Path, name: str) -> None:
    kept = Path(__file__).parents[1] / "data" / "kept_projects" / "0.1" / name
    project = shutil.copytree(kept, tmp_path / name)
    folders = [project, *(path for path in project.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    try:
        stored = shell.do("evaluate", str(project))
        missing = shell.do("evaluate", str(project), "--split", "train")
        checked = shell.do("train", str(project), "--check")
    finally:
        for path in folders:
            path.chmod(0o755)
    assert stored.returncode == 0, "all that it needs is there"
    assert all("as found in Results" in line for line in stored.stderr.splitlines())
    assert missing.returncode == 1 and missing.stdout == ""
    for done in (missing, checked):
        *_, sentence = done.stderr.splitlines()
        assert "may not be written. Copy the project to a folder that may be" in sentence
    assert checked.returncode == 1, "the training would keep nothing"


def test_the_window_opens_beside_what_is_locked(locked: Path) -> None:
    done = run("-c", OPEN_AND_SAY, str(locked))
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    found, _ = done.stdout.splitlines()
    assert found.startswith("2 ['The folder could not be listed")


def test_the_window_says_that_the_folder_is_locked(locked: Path) -> None:
    locked.chmod(0)
    done = run("-c", OPEN_AND_SAY, str(locked))
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    _, shown = done.stdout.splitlines()
    assert "No images in “photos”" in shown
    assert "The folder could not be listed: there is no permission to read it." in shown
