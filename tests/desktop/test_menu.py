"""The program in the applications menu: what the desktop is given, and what starts from it."""

from __future__ import annotations

import io
import os
import plistlib
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from tests.support.menu_entry import exec_words, read_entry
from workbench.cli import main
from workbench.core.errors import WorkbenchError
from workbench.desktop import linux, macos, menu, watched, windows
from workbench.desktop.program import Copy, start_log
from workbench.project.layout import MANIFEST_NAME

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="as it is on Linux")


def make_copy(folder: Path, does: str = 'printf "%s\\n" "$@" > "$TOLD"') -> Copy:
    """A copy of the program of which only the interpreter is there: it ``does`` something."""
    python = folder / "python"
    folder.mkdir(parents=True, exist_ok=True)
    python.write_text(f"#!/bin/sh\n{does}\n")
    python.chmod(0o755)
    return Copy(python, folder, "packaging/workbench.sh")


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copy:
    """The copy that runs: in a folder whose name needs quotes everywhere."""
    made = make_copy(tmp_path / "it's {log} $HOME 100%")
    monkeypatch.setattr(menu, "this_copy", lambda: made)
    return made


def click(tmp_path: Path, *dropped: Path) -> tuple[int, str]:
    """Start the entry where there is a zenity; gives the exit code and what that has shown."""
    programs = tmp_path / "programs"
    programs.mkdir(exist_ok=True)
    shown = tmp_path / "shown"
    shown.write_text("")
    zenity = programs / "zenity"
    zenity.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {shlex.quote(str(shown))}\n')
    zenity.chmod(0o755)
    done = subprocess.run(exec_words(*dropped), check=False, capture_output=True, env={
        **os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "TOLD": str(tmp_path / "told")})
    return done.returncode, shown.read_text()


def test_the_entry_starts_the_program_with_what_is_dropped_on_it(
        copy: Copy, tmp_path: Path) -> None:
    menu.add()
    assert click(tmp_path, tmp_path / "two words") == (0, "")
    assert (tmp_path / "told").read_text().splitlines() == [
        "-m", "workbench", "open", str(tmp_path / "two words")]
    assert exec_words(group="Desktop Action sample")[-1] == "--sample"


def test_what_is_wrong_is_said_in_a_window_and_kept_in_a_file(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = make_copy(tmp_path / "broken",
                       "echo 'ImportError: libEGL.so.1 is missing' >&2\necho; echo bye; exit 1")
    monkeypatch.setattr(menu, "this_copy", lambda: broken)
    menu.add()
    code, shown = click(tmp_path)
    assert code == 1 and "ImportError: libEGL.so.1 is missing" in shown
    assert str(broken.folder / "packaging" / "workbench.sh") in shown and str(start_log()) in shown
    assert start_log().read_text().splitlines()[-1] == "bye"


def test_a_copy_that_has_gone_is_said_in_a_window(copy: Copy, tmp_path: Path) -> None:
    menu.add()
    copy.folder.rename(tmp_path / "elsewhere")
    code, shown = click(tmp_path)
    assert code == 1 and f"no longer in {copy.folder}" in shown
    assert "packaging/workbench.sh in its new place" in shown
    assert str(linux.entry_file()) in shown


def test_the_entry_is_as_the_desktops_want_it(copy: Copy) -> None:
    if shutil.which("desktop-file-validate") is None:
        pytest.skip("desktop-file-validate is not on this machine")
    done = subprocess.run(["desktop-file-validate", menu.add()], check=False, capture_output=True,
                          text=True)
    assert done.stdout + done.stderr == ""


def test_a_click_on_a_manifest_opens_the_project(copy: Copy) -> None:
    menu.add()
    data = linux.entry_file().parents[1]
    kind, = ElementTree.parse(data / "mime" / "packages" / "workbench.xml").getroot()
    assert [part.get("pattern") for part in kind if part.tag.endswith("glob")] == [MANIFEST_NAME]
    assert read_entry()["MimeType"] == f"{kind.get('type')};"
    sizes = {path.parts[-3]: Image.open(io.BytesIO(path.read_bytes())).size
             for path in (data / "icons" / "hicolor").rglob("workbench.png")}
    assert sizes["48x48"] == (48, 48) and sizes["256x256"] == (256, 256)


def test_all_that_was_added_is_removed_and_nothing_else(copy: Copy, isolated_home: Path) -> None:
    other = linux.entry_file().with_name("other.desktop")
    other.parent.mkdir(parents=True)
    other.write_text("[Desktop Entry]\n")
    assert main(["menu", "--add"]) == 0 and menu.state() == "this"
    assert main(["menu", "--remove"]) == 0 and menu.state() == "none"
    made_by_desktop = {"mimeinfo.cache", "mime"}
    left = [path for path in isolated_home.rglob("*") if path.is_file()
            and not made_by_desktop & set(path.parts)]
    assert left == [other]
    assert not menu.remove()


def test_an_entry_of_somebody_else_is_left_as_it_is(copy: Copy) -> None:
    linux.entry_file().parent.mkdir(parents=True)
    linux.entry_file().write_text("[Desktop Entry]\nName=Carpentry\n")
    with pytest.raises(WorkbenchError, match="not Workbench's"):
        menu.add()
    assert not menu.remove()
    assert linux.entry_file().read_text() == "[Desktop Entry]\nName=Carpentry\n"


def test_an_entry_whose_record_was_lost_is_known_again(copy: Copy) -> None:
    menu.add()
    (menu.own_folder() / "entry.json").write_text("{")
    assert menu.state() == "none"
    menu.add()
    assert menu.state() == "this"


def test_another_name_of_the_interpreter_is_no_other_copy(
        copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    menu.add()
    windowed = replace(copy, python=copy.python.with_name("pythonw"))
    monkeypatch.setattr(menu, "this_copy", lambda: windowed)
    assert menu.state() == "this"


def test_a_newer_copy_can_take_the_place_of_an_older(
        copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    menu.add()
    newer = make_copy(tmp_path / "newer")
    monkeypatch.setattr(menu, "this_copy", lambda: newer)
    assert main(["menu"]) == 0
    said = capsys.readouterr().out
    assert "another copy" in said and str(copy.folder) in said
    menu.add()
    assert menu.state() == "this"


# --- other systems, as far as it can be seen here -------------------------------------------------


def test_the_start_menu_of_windows_is_given_no_console(copy: Copy, tmp_path: Path) -> None:
    icon = Image.open(io.BytesIO(windows.files(copy, tmp_path)[windows.icon_file(tmp_path)]))
    assert icon.format == "ICO" and {(16, 16), (256, 256)} <= set(icon.info["sizes"])
    values = windows.shortcut_values(copy, tmp_path)
    assert Path(values["WORKBENCH_TARGET"]).name == "pythonw.exe"
    assert values["WORKBENCH_ARGUMENTS"].endswith(watched.__name__)


def test_the_bundle_of_macos_is_whole(copy: Copy, tmp_path: Path) -> None:
    files = macos.files(copy, tmp_path)
    about = plistlib.loads(files[macos.entry_file()])
    contents = macos.entry_file().parent
    assert files[contents / "MacOS" / about["CFBundleExecutable"]].startswith(b"#!/bin/sh\n")
    icon = files[contents / "Resources" / f"{about['CFBundleIconFile']}.icns"]
    assert Image.open(io.BytesIO(icon)).format == "ICNS"


def test_without_a_console_a_failure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    told: list[str] = []
    assert watched.main([], told.append) == 1
    assert "there is no display" in told[0] and str(start_log()) in told[0]
