"""Editing: every step is saved at once, can be undone, and loses nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import shared_data
from tests.project.helpers import Owner, add_image, add_labels, box, labelled
from workbench.core.errors import UsageError, WorkbenchError
from workbench.formats.voc import read_voc
from workbench.project.manifest import Manifest
from workbench.project.session import Session

Open = Callable[[Path], Session]


def labels(session: Session, key: str) -> list[str]:
    return [item.label for item in session.document(key).annotation.objects]


def test_an_edit_is_on_the_disk_within_200_ms(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    path = labelled(tmp_path, "a.png", ["cat"])
    session = open_session(tmp_path)
    owner.ready(session)
    session.edit("a.png", (*session.document("a.png").annotation.objects, box("dog")), "draw")
    assert session.saver.state == "saving"
    owner.until(lambda: session.saver.state == "saved")
    assert [item.label for item in read_voc(path).annotation.objects] == ["cat", "dog"]


def test_undo_gives_the_very_bytes_back(tmp_path: Path, owner: Owner, open_session: Open) -> None:
    source = shared_data("bccd")
    name = "BloodImage_00000"
    for folder, suffix in (("JPEGImages", "jpg"), ("Annotations", "xml")):
        (tmp_path / folder).mkdir()
        file = f"{folder}/{name}.{suffix}"
        shutil.copyfile(source / file, tmp_path / file)
    path = tmp_path / "Annotations" / f"{name}.xml"
    original = path.read_bytes()
    session = open_session(tmp_path)
    key = f"JPEGImages/{name}.jpg"
    objects = session.document(key).annotation.objects
    states = [original]
    for number in range(3):
        session.edit(key, objects[number + 1 :], f"delete {number}")
        owner.settled(session)
        states.append(path.read_bytes())
    session.set_verified(key, True)
    owner.settled(session)
    verified = path.read_bytes()
    assert b"verified" in verified and len(set(states)) == 4
    for expected in reversed(states):
        session.undo.undo()
        owner.settled(session)
        assert path.read_bytes() == expected
    for expected in [*states[1:], verified]:
        session.undo.redo()
        owner.settled(session)
        assert path.read_bytes() == expected


def test_a_file_that_we_made_goes_when_everything_is_undone(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    add_image(tmp_path, "a.png")
    session = open_session(tmp_path)
    session.edit("a.png", (box("cat"),), "draw")
    owner.settled(session)
    assert (tmp_path / "a.xml").exists()
    session.edit("a.png", (), "delete")
    owner.settled(session)
    assert (tmp_path / "a.xml").exists(), "a person says that nothing is there"
    session.undo.undo()
    session.undo.undo()
    owner.settled(session)
    assert not (tmp_path / "a.xml").exists()
    assert "cat" not in session.classes
    session.undo.redo()
    owner.settled(session)
    assert labels(session, "a.png") == ["cat"] and (tmp_path / "a.xml").exists()


def test_a_file_that_we_made_and_another_program_changed_stays(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    add_image(tmp_path, "a.png")
    session = open_session(tmp_path)
    session.edit("a.png", (box("cat"),), "draw")
    owner.settled(session)
    theirs = (tmp_path / "a.xml").read_bytes() + b"<!-- theirs -->"
    (tmp_path / "a.xml").write_bytes(theirs)
    session.undo.undo()
    owner.settled(session)
    assert session.saver.state == "failed"
    assert (tmp_path / "a.xml").read_bytes() == theirs


def test_only_looking_leaves_no_trace(tmp_path: Path, owner: Owner, open_session: Open) -> None:
    labelled(tmp_path, "a.png", ["cat"])
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    session = open_session(tmp_path)
    owner.ready(session)
    session.document("a.png")
    session.close()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_the_first_change_makes_a_manifest(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    labelled(tmp_path, "a.png", ["cat", "dog"])
    session = open_session(tmp_path)
    owner.ready(session)
    assert session.classes.names == ("cat", "dog")
    session.edit("a.png", (*session.document("a.png").annotation.objects, box("ant")), "draw")
    owner.settled(session)
    assert Manifest.load(tmp_path).classes == ["cat", "dog", "ant"]
    session.close()
    again = open_session(tmp_path)
    assert again.classes.names == ("cat", "dog", "ant"), "before anything is summarized"


def test_counts_follow_every_edit(tmp_path: Path, owner: Owner, open_session: Open) -> None:
    labelled(tmp_path, "a.png", ["cat", "cat"])
    labelled(tmp_path, "b.png", ["dog"])
    add_image(tmp_path, "c.png")
    session = open_session(tmp_path)
    owner.ready(session)
    assert session.index.class_counts() == {"cat": 2, "dog": 1}
    changed: list[str] = []
    session.index.summary_changed.connect(changed.append)
    session.edit("c.png", (box("dog"), box("dog")), "draw")
    assert session.index.class_counts() == {"cat": 2, "dog": 3} and changed == ["c.png"]
    session.set_verified("c.png", True)
    assert session.index.verified_count() == 1
    session.undo.undo()
    session.undo.undo()
    assert session.index.class_counts() == {"cat": 2, "dog": 1}
    assert session.index.verified_count() == 0


def test_pasted_and_duplicated_boxes_do_not_take_their_origin_along(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    path = labelled(tmp_path, "a.png", ["cat"])
    path.write_bytes(path.read_bytes().replace(
        b"<pose>Unspecified</pose>", b"<pose>Left</pose><mark>mine</mark>"))
    labelled(tmp_path, "b.png", ["dog", "dog"])
    session = open_session(tmp_path)
    (cat,) = session.document("a.png").annotation.objects
    dogs = session.document("b.png").annotation.objects
    moved = replace(cat, box=(5.0, 5.0, 9.0, 9.0))
    session.edit("a.png", (cat, moved), "duplicate")
    assert [item.source for item in session.document("a.png").annotation.objects] == [0, None]
    session.edit("b.png", (dogs[0],), "delete")
    session.edit("b.png", (dogs[0], dogs[1]), "paste")
    assert [item.source for item in session.document("b.png").annotation.objects] == [0, None]
    owner.settled(session)
    assert path.read_bytes().count(b"<mark>mine</mark>") == 1


def test_an_unreadable_file_is_shown_and_never_written(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    add_image(tmp_path, "a.png")
    broken = b"<annotation><object><name>cat</name>"
    (tmp_path / "a.xml").write_bytes(broken)
    session = open_session(tmp_path)
    owner.ready(session)
    reason = session.document("a.png").readonly_reason
    assert reason is not None and "a.xml" in reason and "left as it is" in reason
    assert [problem.kind for problem in session.problems] == ["unreadable-annotation"]
    summary = session.index.summary("a.png")
    assert summary is not None and summary.problem is not None and "a.xml" in summary.problem
    with pytest.raises(WorkbenchError, match=r"a\.xml"):
        session.edit("a.png", (box("cat"),), "draw")
    with pytest.raises(WorkbenchError):
        session.set_verified("a.png", True)
    assert session.undo.undo_text is None
    session.close()
    assert (tmp_path / "a.xml").read_bytes() == broken


def test_an_unreadable_file_can_be_used_once_it_is_mended(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    labelled(tmp_path, "a.png", ["cat"])
    good = (tmp_path / "a.xml").read_bytes()
    (tmp_path / "a.xml").write_bytes(b"")
    session = open_session(tmp_path)
    owner.ready(session)
    assert session.document("a.png").readonly_reason is not None
    (tmp_path / "a.xml").write_bytes(good)
    assert session.document("a.png").readonly_reason is None
    assert labels(session, "a.png") == ["cat"]
    session.index.refresh()
    owner.until(lambda: not session.problems)


def test_an_unknown_image_is_refused(tmp_path: Path, open_session: Open) -> None:
    session = open_session(tmp_path)
    with pytest.raises(UsageError, match=r"nothing\.png"):
        session.document("nothing.png")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, owner: Owner) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        Session.open(tmp_path / "nowhere", post=owner.post)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="a file, not a folder"):
        Session.open(tmp_path / "file", post=owner.post)


def test_a_broken_manifest_is_told_and_left_alone(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    labelled(tmp_path, "a.png", ["cat"])
    (tmp_path / "workbench.toml").write_text("classes = [")
    session = open_session(tmp_path)
    owner.ready(session)
    assert [problem.kind for problem in session.problems] == ["unreadable-manifest"]
    session.edit("a.png", (box("dog"),), "draw")
    session.add_class("cow")
    assert session.close()
    assert (tmp_path / "workbench.toml").read_text() == "classes = ["
    assert [item.label for item in read_voc(tmp_path / "a.xml").annotation.objects] == ["dog"]


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
    assert not session.saver.flush(5)
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


# Classes


def test_classes_are_added_coloured_and_taken_back(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    session = open_session(tmp_path)
    session.add_class("cat")
    session.add_class("dog")
    session.set_class_color("dog", "#112233")
    assert session.close()
    manifest = Manifest.load(tmp_path)
    assert manifest.classes == ["cat", "dog"] and manifest.colors == {"dog": "#112233"}
    again = open_session(tmp_path)
    again.add_class("cow")
    again.undo.undo()
    assert again.classes.names == ("cat", "dog") and again.classes.color("dog") == "#112233"
    with pytest.raises(UsageError):
        again.add_class("  ")


def test_documents_without_edits_do_not_pile_up(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    for number in range(80):
        labelled(tmp_path, f"{number}.png", ["cat"])
    session = open_session(tmp_path)
    session.edit("0.png", (box("dog"),), "draw")
    for number in range(80):
        session.document(f"{number}.png")
    cached = [n for n in range(80) if session.document_cached(f"{n}.png") is not None]
    assert len(cached) <= 66 and 0 in cached and 79 in cached
    session.undo.undo()
    owner.settled(session)
    assert labels(session, "0.png") == ["cat"]
