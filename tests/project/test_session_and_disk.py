"""A session beside other programs and on disks that refuse."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.helpers import Owner, add_image, add_labels, box, labelled, labels
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.formats.voc import read_voc
from workbench.project.edits.manifest_file import MANIFEST_KEY
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder
from workbench.project.session import Session

Open = Callable[[Path], Session]


# Other programs


def test_what_another_program_changed_is_not_overwritten(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    path = labelled(tmp_path, "a.png", ["cat"])
    session = open_session(tmp_path)
    conflicts: list[str] = []
    session.conflict.connect(lambda key, error: conflicts.append(f"{key}: {error}"))
    objects = session.document("a.png").annotation.objects
    add_labels(tmp_path, "a.png", ["cat", "theirs"])
    theirs = path.read_bytes()
    session.edit("a.png", (*objects, box("mine")), "draw")
    owner.settled(session)
    assert path.read_bytes() == theirs and session.saver.state == "failed"
    assert conflicts and "a.xml" in conflicts[0] and "not overwritten" in conflicts[0]
    session.saver.retry()
    owner.settled(session)
    assert path.read_bytes() == theirs, "trying again decides nothing"
    session.overwrite("a.png")
    owner.settled(session)
    assert session.saver.state == "saved" and not session.problems
    assert [item.label for item in read_voc(path).annotation.objects] == ["cat", "mine"]


def test_a_class_is_renamed_after_a_training_made_the_project(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    labelled(tmp_path, "a.png", ["cat", "dog"])
    session = open_session(tmp_path)
    owner.ready(session)
    conflicts: list[str] = []
    session.conflict.connect(lambda key, error: conflicts.append(f"{key}: {error}"))
    RunFolder.create(tmp_path, "toy", {"classes": ["cat", "dog"], "task": "detection"})
    session.rename_class("cat", "lion")
    owner.settled(session)
    written = Manifest.load(tmp_path)
    assert not conflicts and session.saver.state == "saved"
    assert written.classes == ["lion", "dog"] and written.task == "detection"


def test_a_project_that_another_program_made_with_other_classes_is_asked_about(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    labelled(tmp_path, "a.png", ["cat", "dog"])
    session = open_session(tmp_path)
    owner.ready(session)
    conflicts: list[str] = []
    session.conflict.connect(lambda key, error: conflicts.append(key))
    (tmp_path / "workbench.toml").write_text('classes = ["cat", "zebra"]\n')
    session.rename_class("cat", "lion")
    owner.settled(session)
    assert conflicts == [MANIFEST_KEY]
    assert Manifest.load(tmp_path).classes == ["cat", "zebra"]


def test_their_version_can_be_taken_and_that_can_be_undone(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    path = labelled(tmp_path, "a.png", ["cat"])
    session = open_session(tmp_path)
    objects = session.document("a.png").annotation.objects
    add_labels(tmp_path, "a.png", ["cat", "theirs"])
    theirs = path.read_bytes()
    session.edit("a.png", (*objects, box("mine")), "draw")
    owner.settled(session)
    session.reload("a.png")
    owner.settled(session)
    assert labels(session, "a.png") == ["cat", "theirs"] and session.saver.state == "saved"
    assert path.read_bytes() == theirs
    session.undo.undo()
    owner.settled(session)
    assert labels(session, "a.png") == ["cat", "mine"]
    assert [item.label for item in read_voc(path).annotation.objects] == ["cat", "mine"]
    session.undo.undo()
    owner.settled(session)
    assert [item.label for item in read_voc(path).annotation.objects] == ["cat"]


def test_a_change_from_outside_is_taken_in_at_the_next_look(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    path = labelled(tmp_path, "a.png", ["cat"])
    session = open_session(tmp_path)
    owner.ready(session)
    document = session.document("a.png")
    seen: list[int] = []
    document.changed.connect(lambda: seen.append(len(document.annotation.objects)))
    add_labels(tmp_path, "a.png", ["cat", "bird"])
    assert labels(session, "a.png") == ["cat", "bird"] and seen == [2]
    assert session.undo.undo_text is None
    session.edit("a.png", (box("mine"),), "draw")
    owner.settled(session)
    add_labels(tmp_path, "a.png", ["fish"])
    assert labels(session, "a.png") == ["fish"]
    session.undo.undo()
    owner.settled(session)
    assert [item.label for item in read_voc(path).annotation.objects] == ["mine"]


def test_an_edited_file_that_another_program_breaks_can_be_mended_and_undone(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    path = labelled(tmp_path, "a.png", ["cat"])
    original = path.read_bytes()
    session = open_session(tmp_path)
    owner.ready(session)
    session.edit("a.png", (box("mine"),), "draw")
    owner.settled(session)
    path.write_bytes(b"<annotation>")
    assert session.document("a.png").readonly_reason is not None
    summary = session.index.summary("a.png")
    assert summary is not None and summary.problem is not None
    with pytest.raises(WorkbenchError, match=r"a\.xml"):
        session.undo.undo()
    assert path.read_bytes() == b"<annotation>"
    add_labels(tmp_path, "a.png", ["mended"])
    assert labels(session, "a.png") == ["mended"]
    for expected in (["mine"], ["cat"]):
        session.undo.undo()
        owner.settled(session)
        assert [item.label for item in read_voc(path).annotation.objects] == expected
    assert path.read_bytes() == original


def test_an_edit_made_while_files_are_still_read_is_not_forgotten(
    tmp_path: Path, owner: Owner, open_session: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    labelled(tmp_path, "a.png", ["cat"])

    def fsync(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)  # so that the disk still says otherwise
    session = open_session(tmp_path)
    session.edit("a.png", (box("dog"),), "draw")
    owner.ready(session)
    assert session.index.class_counts() == {"dog": 1}


def test_the_list_follows_other_programs_also_after_an_edit(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    labelled(tmp_path, "a.png", ["cat"])
    session = open_session(tmp_path)
    owner.ready(session)
    for name in ("dog", "cow", "owl"):
        session.edit("a.png", (*session.document("a.png").annotation.objects, box(name)), "draw")
    owner.settled(session)
    settled: list[bool] = []
    session.index.when_settled(lambda: settled.append(True))
    owner.until(lambda: bool(settled))
    assert session.index.class_counts() == {"cat": 1, "dog": 1, "cow": 1, "owl": 1}
    add_labels(tmp_path, "a.png", ["bee", "bee"])
    session.index.refresh()
    owner.until(lambda: session.index.class_counts() == {"bee": 2})


# Disks that refuse


def test_a_failed_save_is_kept_and_tried_again(
    tmp_path: Path, owner: Owner, open_session: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = labelled(tmp_path, "a.png", ["cat"])
    labelled(tmp_path, "b.png", ["cat"])
    original = path.read_bytes()
    session = open_session(tmp_path)
    full = True

    def fsync(descriptor: int) -> None:
        if full:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    session.edit("a.png", (box("dog"),), "draw")
    owner.settled(session)
    assert session.saver.state == "failed"
    assert session.saver.last_error is not None and "disk is full" in str(session.saver.last_error)
    assert path.read_bytes() == original and labels(session, "a.png") == ["dog"]
    assert not session.saver.flush(60)
    full = False
    session.edit("b.png", (box("cow"),), "draw")
    owner.settled(session)
    assert session.saver.state == "saved" and session.saver.last_error is None
    assert [item.label for item in read_voc(path).annotation.objects] == ["dog"]
    assert not session.problems


def test_retry_saves_what_a_full_disk_refused(
    tmp_path: Path, owner: Owner, open_session: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = labelled(tmp_path, "a.png", ["cat"])
    session = open_session(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
        session.edit("a.png", (box("dog"),), "draw")
        owner.settled(session)
    assert session.saver.state == "failed"
    session.saver.retry()
    owner.settled(session)
    assert session.saver.state == "saved"
    assert [item.label for item in read_voc(path).annotation.objects] == ["dog"]


def test_a_read_only_file_is_respected(tmp_path: Path, owner: Owner, open_session: Open) -> None:
    path = labelled(tmp_path, "a.png", ["cat"])
    original = path.read_bytes()
    path.chmod(0o444)
    session = open_session(tmp_path)
    session.edit("a.png", (box("dog"),), "draw")
    owner.settled(session)
    assert session.saver.state == "failed" and "permission" in str(session.saver.last_error)
    assert path.read_bytes() == original


# Two images with one stem


def test_two_images_with_one_stem_do_not_overwrite_each_other(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    add_image(tmp_path, "a.jpg")
    add_image(tmp_path, "a.png", seed=1)
    session = open_session(tmp_path)
    owner.ready(session)
    assert list(session.index) == ["a.jpg", "a.png"]
    (problem,) = session.problems
    assert problem.kind == "one-stem" and "a.jpg" in problem.reason and "a.png" in problem.reason
    session.edit("a.jpg", (box("cat"),), "draw")
    with pytest.raises(WorkbenchError, match=r"a\.png and a\.jpg"):
        session.edit("a.png", (box("dog"),), "draw")
    owner.settled(session)
    assert labels(session, "a.png") == []
    assert b"<filename>a.jpg</filename>" in (tmp_path / "a.xml").read_bytes()


def test_the_file_decides_which_of_two_images_it_belongs_to(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    add_image(tmp_path, "a.jpg")
    labelled(tmp_path, "a.png", ["cat"])
    session = open_session(tmp_path)
    assert labels(session, "a.png") == ["cat"], "also before the folder is known"
    assert session.document("a.jpg").readonly_reason is not None
    owner.ready(session)
    assert session.index.class_counts() == {"cat": 1}
    summary = session.index.summary("a.jpg")
    assert summary is not None and not summary.labelled and summary.problem is not None
    session.edit("a.png", (box("dog"),), "draw")
    owner.settled(session)
    assert [i.label for i in read_voc(tmp_path / "a.xml").annotation.objects] == ["dog"]


def test_one_stem_in_two_subfolders_is_a_collision_only_if_the_files_meet(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    for part in ("one", "two"):
        add_image(tmp_path / "beside", f"{part}/a.png")
        add_image(tmp_path / "flat", f"images/{part}/a.png")
        add_image(tmp_path / "deep", f"images/{part}/a.png")
        (tmp_path / "deep" / "annotations" / part).mkdir(parents=True)
    beside, flat, deep = (open_session(tmp_path / name) for name in ("beside", "flat", "deep"))
    for session in (beside, flat, deep):
        owner.ready(session)
    assert not beside.problems and not deep.problems
    assert [problem.kind for problem in flat.problems] == ["one-stem"]
    with pytest.raises(WorkbenchError, match=r"images/two/a\.png"):
        flat.edit("images/two/a.png", (box("cat"),), "draw")
    deep.edit("images/two/a.png", (box("cat"),), "draw")
    owner.settled(deep)
    assert (tmp_path / "deep" / "annotations" / "two" / "a.xml").exists()


@pytest.mark.parametrize("damage", [b"", b"\0" * 400, b"<annotation><object>"])
def test_a_damaged_file_is_put_aside_to_start_anew(
    tmp_path: Path, owner: Owner, open_session: Open, damage: bytes
) -> None:
    path = labelled(tmp_path, "a.png", ["cat"])
    path.write_bytes(damage)
    (tmp_path / "a.xml.unreadable").write_bytes(b"an older one")
    session = open_session(tmp_path)
    owner.ready(session)
    assert session.document("a.png").damaged and len(session.problems) == 1
    aside = session.restart_damaged("a.png")
    assert aside.name == "a.xml.unreadable-2" and aside.read_bytes() == damage
    assert not path.exists() and not session.problems
    assert session.document("a.png").readonly_reason is None
    session.edit("a.png", (box("dog"),), "draw")
    owner.settled(session)
    assert [item.label for item in read_voc(path).annotation.objects] == ["dog"]
    with pytest.raises(UsageError):
        session.restart_damaged("a.png")
    assert aside.read_bytes() == damage


def test_a_file_that_was_read_half_written_is_no_problem_once_it_is_saved(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    path = labelled(tmp_path, "a.png", ["cat"])
    session = open_session(tmp_path)
    session.add_problem(Problem(str(path), "unreadable-annotation", "a.xml was cut off."))
    session.edit("a.png", (box("dog"),), "draw")
    owner.settled(session)
    assert not session.problems
