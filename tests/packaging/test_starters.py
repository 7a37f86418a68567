"""The files that are double-clicked, and a set-up that was interrupted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

PACKAGING = Path(__file__).parents[2] / "packaging"

needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="there is no sh")


@pytest.fixture
def starters(tmp_path: Path) -> Path:
    """They beside a ``bootstrap.py`` that only says what it is called with."""
    folder = tmp_path / "the program" / "packaging"
    folder.mkdir(parents=True)
    for name in ("workbench.sh", "Workbench.command"):
        shutil.copy(PACKAGING / name, folder)
    (folder / "bootstrap.py").write_text(
        "import sys\nprint(sys.argv[1:])\nsys.exit('broken' in sys.argv)\n")
    return folder


def start(path: Path, *words: str, programs: str = os.environ["PATH"],
          ) -> subprocess.CompletedProcess[str]:
    return subprocess.run([path, *words], check=False, capture_output=True, text=True, input="\n",
                          env={**os.environ, "PATH": programs})


@needs_sh
@pytest.mark.parametrize("by_link", [False, True])
def test_a_click_starts_the_program_with_what_is_dropped(
        starters: Path, tmp_path: Path, by_link: bool) -> None:
    path = starters / "workbench.sh"
    if by_link:
        (tmp_path / "on the desk").symlink_to(path)
        path = tmp_path / "on the desk"
    done = start(path, "--clicked", "a folder")
    assert (done.stdout, done.returncode) == ("['start', 'a folder']\n", 0)
    assert start(starters / "Workbench.command", "b").stdout == "['start', 'b']\n"


@needs_sh
def test_the_terminal_stays_open_where_something_went_wrong(starters: Path) -> None:
    done = start(starters / "workbench.sh", "--clicked", "broken")
    assert done.returncode == 1 and "Press Enter" in done.stdout


@needs_sh
def test_a_click_outside_of_a_terminal_opens_one(starters: Path, tmp_path: Path) -> None:
    terminal = tmp_path / "x-terminal-emulator"
    terminal.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    terminal.chmod(0o755)
    done = start(starters / "workbench.sh", "a folder", programs=f"{tmp_path}:{os.environ['PATH']}")
    assert done.stdout == f"-e|{starters / 'workbench.sh'}|--clicked|a folder|"


@needs_sh
def test_without_python_it_says_what_to_install(starters: Path, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("sh", "dirname", "readlink", "uname"):
        (programs / name).symlink_to(str(shutil.which(name)))
    done = start(starters / "workbench.sh", "--clicked", programs=str(programs))
    assert done.returncode == 1 and "needs Python 3.11 or newer" in done.stdout
    assert done.stderr == ""


def test_windows_can_read_its_starter() -> None:
    data = (PACKAGING / "Workbench.bat").read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n")  # else it finds no label
    assert b"bootstrap.py\" start %*" in data and data.isascii()


def test_a_click_opens_dialogs_at_home_and_finds_what_was_dropped(
        bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    for folder in (home, here / "photos"):
        folder.mkdir(parents=True)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("WORKBENCH_CLICKED", "")
    monkeypatch.chdir(here)
    monkeypatch.setattr(bootstrap, "has_display", lambda: True)
    monkeypatch.setattr(bootstrap, "setup", lambda: None)
    opened: list[tuple[object, ...]] = []
    monkeypatch.setattr(bootstrap, "workbench",
                        lambda *words: opened.append((Path.cwd(), *words)) or 0)
    assert bootstrap.start(["photos", "--sample"]) == 0
    assert opened == [(home, "open", str(here / "photos"), "--sample")]


def test_a_set_up_that_was_interrupted_goes_on(
        bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    venv = tmp_path / ".venv"
    for name, value in {"VENV": venv, "STAMP": venv / "stamp", "UNFINISHED": venv / "unfinished",
                        "find_uv": lambda: "uv", "install_system_libraries": lambda tests: None,
                        "unpack_pyside": lambda: None}.items():
        monkeypatch.setattr(bootstrap, name, value)
    packages = venv / "lib" / "python3" / "site-packages"
    installed: list[list[str]] = []

    def call(*words: object, quiet: bool = False) -> None:
        """As uv, which takes a package for installed where its folder with RECORD is."""
        packages.mkdir(parents=True, exist_ok=True)
        if "sync" not in words:
            return
        installed.append([])
        for name, size in (("whole", 3), ("cut", 2)):
            about = packages / f"{name}.dist-info"
            if not about.exists():
                installed[-1].append(name)
                about.mkdir()
                about.joinpath("RECORD").write_text(
                    f"{name}.py,sha256=a,3\n{name}.dist-info/RECORD,,\n")
                (packages / f"{name}.py").write_bytes(b"x" * (size if installed[1:] == [] else 3))
        if len(installed) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "call", call)
    with pytest.raises(KeyboardInterrupt):
        bootstrap.setup()
    assert not bootstrap.STAMP.exists()
    bootstrap.setup()
    assert installed == [["whole", "cut"], ["cut"]]
    assert "was interrupted" in capsys.readouterr().out
    bootstrap.setup()
    assert capsys.readouterr().out == "" and not bootstrap.UNFINISHED.exists()
