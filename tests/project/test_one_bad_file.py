"""A file that fails, however strangely, costs that file only: in every loop over files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.project.helpers import Owner, add_image, add_labels, box, labelled
from tests.project.test_sounds import beep
from workbench.core.errors import UsageError
from workbench.formats import voc
from workbench.formats.voc import read_voc
from workbench.project import doctor
from workbench.project.datasets import sounds as sound_dataset
from workbench.project.datasets.images import load_dataset
from workbench.project.datasets.sounds import read_clips
from workbench.project.imports.images import import_dataset
from workbench.project.library import clips as sounds
from workbench.project.library import indexer
from workbench.project.session import Session
from workbench.project.stores.voc import VocStore

Open = Callable[[Path], Session]
BAD = os.fsdecode(b"caf\xe9")  # Latin-1: no UTF-8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.png", "bad.png", "c.png"):
        labelled(tmp_path, name, ["cat"])
    return tmp_path


def failing(real: Callable[..., Any], at: int = 0) -> Callable[..., Any]:
    """``real``, but it fails in an unforeseen way for what is called bad."""

    def fails(*args: Any, **kwargs: Any) -> Any:
        if "bad" in str(args[at]):
            raise ZeroDivisionError("oops")
        return real(*args, **kwargs)

    return fails


def oddly_named(folder: Path) -> str:
    """An image and its labels whose names are no UTF-8; skipped where there is no such name."""
    key = f"{BAD}.png"
    try:
        add_image(folder, key)
    except OSError:
        pytest.skip("this disk takes UTF-8 names only")
    add_image(folder, "x.png")
    add_labels(folder, "x.png", ["cat"]).rename(folder / f"{BAD}.xml")
    (folder / "x.png").unlink()
    return key


def test_a_name_that_is_no_utf8_is_counted_renamed_labelled_and_undone(
    folder: Path, owner: Owner, open_session: Open
) -> None:
    key = oddly_named(folder)
    add_image(folder, f"new{BAD}.png")
    for _ in range(2):  # the second time from what is remembered
        session = open_session(folder)
        owner.ready(session)
        assert session.index.class_counts() == {"cat": 4} and not session.problems
        session.rename_class("cat", "dog")
        owner.settled(session)
        assert session.index.class_counts() == {"dog": 4}
        session.undo.undo()
        owner.settled(session)
        assert read_voc(folder / f"{BAD}.xml").annotation.objects[0].label == "cat"
        session.close(10)
    session = open_session(folder)
    owner.ready(session)
    session.edit(key, (box("cat"), box("cat")), "draw")
    session.edit(f"new{BAD}.png", (box("cat"),), "draw")
    owner.settled(session)
    assert session.saver.state == "saved"
    assert len(read_voc(folder / f"{BAD}.xml").annotation.objects) == 2
    assert len(read_voc(folder / f"new{BAD}.xml").annotation.objects) == 1


def test_doctor_in_the_shell_names_such_a_file(folder: Path) -> None:
    oddly_named(folder)
    (folder / f"{BAD}.xml").write_bytes(b"<annotation>")
    for more in ([], ["--json"]):
        done = subprocess.run([sys.executable, "-m", "workbench", "doctor", str(folder), *more],
                              capture_output=True, check=False)
        assert b"Traceback" not in done.stderr and b"could not be read" in done.stdout


def test_the_list_of_images(
    folder: Path, owner: Owner, open_session: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "read_row", failing(indexer.read_row, at=1))
    session = open_session(folder)
    owner.ready(session)
    assert session.index.class_counts() == {"cat": 2}
    assert [Path(item.path).name for item in session.problems] == ["bad.xml"]
    assert "ZeroDivisionError: oops" in session.problems[0].reason
    session.edit("a.png", (), "delete")
    owner.settled(session)
    owner.until(lambda: session.index.class_counts() == {"cat": 1})


def test_a_look_that_breaks_off_ends(
    folder: Path, owner: Owner, open_session: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "shared_files", failing(indexer.shared_files))
    session = open_session(folder)
    owner.ready(session)
    assert len(session.index) == 3
    assert [item.kind for item in session.problems] == ["unreadable-folder"]
    monkeypatch.undo()
    session.index.refresh()
    owner.until(lambda: session.index.class_counts() == {"cat": 3})
    owner.until(lambda: not session.problems)


def test_a_rename_across_images(
    folder: Path, owner: Owner, open_session: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_session(folder)
    owner.ready(session)
    monkeypatch.setattr(voc, "parse_voc", failing(voc.parse_voc, at=2))
    reports = []
    session.step_finished.connect(reports.append)
    session.rename_class("cat", "dog")
    owner.until(lambda: bool(reports))
    assert reports[0].changed == 2
    assert [Path(item.path).name for item in reports[0].problems] == ["bad.xml"]


def test_reading_a_data_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VocStore, "read", failing(VocStore.read, at=1))
    found = load_dataset(folder)
    assert len(found.train) + len(found.val) + len(found.test) == 2
    assert [Path(item.path).name for item in found.problems] == ["bad.png"]


@pytest.mark.parametrize("what", ["picture", "labels"])
def test_doctor(folder: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    if what == "picture":
        monkeypatch.setattr(doctor, "picture_info", failing(doctor.picture_info))
    else:
        monkeypatch.setattr(VocStore, "read", failing(VocStore.read, at=1))
    found = [item for item in doctor.doctor(folder) if item.kind == "unreadable-file"]
    assert len(found) == 1 and "ZeroDivisionError: oops" in found[0].reason


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    import numpy as np
    import soundfile

    for name in ("a", "bad", "c"):
        (tmp_path / "cat").mkdir(exist_ok=True)
        soundfile.write(tmp_path / "cat" / f"{name}.wav", np.zeros(800, np.float32), 8000)
    return tmp_path


def test_the_list_of_clips(
    clips: Path, owner: Owner, open_session: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sounds, "read_state", failing(sounds.read_state))
    monkeypatch.setattr(sounds, "find_table", failing(sounds.find_table))
    session = open_session(clips)
    owner.until(lambda: not session.sounds.scanning)
    bad = session.sounds.summary("cat/bad.wav")
    assert bad.problem is not None and "ZeroDivisionError: oops" in bad.problem
    good = session.sounds.summary("cat/c.wav")
    assert good.problem is None and good.info is not None


def test_a_change_of_many_clips(
    clips: Path, owner: Owner, open_session: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.project.library.base.Library.at_once", 1)
    session = open_session(clips)
    owner.until(lambda: not session.sounds.scanning)
    library = session.sounds
    monkeypatch.setattr(library, "read", failing(library.read))
    reports = []
    session.step_finished.connect(reports.append)
    library.set_label(list(library), "dog")
    owner.until(lambda: bool(reports))
    assert reports[0].changed == 2 and "oops" in reports[0].problems[0].reason


def test_reading_clips_for_a_training(clips: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_dataset, "read_sound_info", failing(sound_dataset.read_sound_info))
    records, problems = read_clips(clips)
    assert len(records) == 2 and "ZeroDivisionError: oops" in problems[0].reason


def test_what_xml_cannot_say_is_replaced_in_the_name_only() -> None:
    assert voc.parse_voc(voc.new_voc(
        voc.Annotation((box("cat"),), size=(9, 9)), image_path=Path("/x") / f"{BAD}.png", depth=3,
    )).annotation.objects[0].label == "cat"


def misnamed_sounds(folder: Path) -> Path:
    """Two good sounds, two in a folder and one whose names are no UTF-8; skipped where there is no
    such name."""
    for name in ("good/good_a_0.wav", "good/good_b_0.wav", "other/other_a_0.wav",
                 "other/other_b_0.wav", "x.wav"):
        beep(folder / name)
    try:
        (folder / "other").rename(folder / f"other{BAD}")
        (folder / "x.wav").rename(folder / f"x{BAD}.wav")
    except OSError:
        pytest.skip("this disk takes UTF-8 names only")
    return folder


def test_sounds_whose_names_are_no_utf8_say_what_to_do(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    folder = misnamed_sounds(tmp_path / "p")
    records, problems = read_clips(folder)
    assert [record.key for record in records] == ["good/good_a_0.wav", "good/good_b_0.wav"]
    assert sorted((Path(item.path).name, item.reason) for item in problems) == [
        (f"other{BAD}", "The name of this folder is not UTF-8, so 2 sounds in it cannot be used: "
                        "rename the folder."),
        (f"x{BAD}.wav", "The name of this sound is not UTF-8: rename it."),
    ]
    (folder / "workbench.toml").write_text("[sounds]\nfolders = true\n", "utf-8")
    session = open_session(folder)
    owner.until(lambda: not session.sounds.scanning)
    assert len(session.sounds) == 5 and list(session.classes) == ["good"]
    reason = session.sounds.document(f"other{BAD}/other_a_0.wav").readonly_reason
    assert reason == ("other_a_0.wav: the name of a folder that it lies in is not UTF-8: rename "
                      "the folder. The file was left as it is.")
    session.add_class("new")
    assert session.saver.flush(60)
    assert '"new"' in (folder / "workbench.toml").read_text("utf-8")


def test_sounds_whose_names_are_no_utf8_are_not_imported(tmp_path: Path) -> None:
    folder = misnamed_sounds(tmp_path / "p")
    report = import_dataset(folder, tmp_path / "out", labels="folders")
    assert report.sounds == 2 and report.classes == ["good"] and not report.problems
    assert sorted(item.path for item in report.left) == [
        f"other{BAD}/other_a_0.wav", f"other{BAD}/other_b_0.wav", f"x{BAD}.wav"]
    assert {item.reason for item in report.left} == {
        "a name that is not UTF-8: rename the file or its folder"}
    (folder / f"x{BAD}.wav").unlink()
    shutil.rmtree(folder / "good")
    with pytest.raises(UsageError, match=r"no sounds in this folder.*2 files.*not UTF-8"):
        import_dataset(folder, tmp_path / "none", "sounds")


def test_sounds_below_a_folder_whose_name_is_no_utf8_are_read(tmp_path: Path) -> None:
    folder = misnamed_sounds(tmp_path / "p")
    records, problems = read_clips(folder / f"other{BAD}")
    assert len(records) == 2 and not problems
