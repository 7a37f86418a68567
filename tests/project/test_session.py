"""Editing: every step is saved at once, can be undone, and loses nothing."""

from __future__ import annotations

import gc
import shutil
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import shared_data
from tests.project.helpers import Owner, add_image, box, labelled, labels
from workbench.core.errors import UsageError, WorkbenchError
from workbench.formats.voc import read_voc
from workbench.project.datasets.images import load_dataset
from workbench.project.manifest import Manifest
from workbench.project.session import Session
from workbench.project.suggestions import suggestions_of
from workbench.tasks.image_classification.label_store import labels_of

Open = Callable[[Path], Session]


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
    moved = cat.with_box((5.0, 5.0, 9.0, 9.0))
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


def test_classes_that_only_files_name_have_one_order_whatever_was_read_first(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    add_image(tmp_path, "0.png")
    for number, name in enumerate(["thing10", "Zebra", "ant", "thing2", "zebra"]):
        labelled(tmp_path, f"{number}.png", [name])
    (tmp_path / "workbench.toml").write_text('classes = ["zebra"]\n[colors]\nzebra = "#112233"\n')
    order = ("zebra", "ant", "thing2", "thing10", "Zebra")
    for first in ("0.png", "3.png"):
        session = open_session(tmp_path)
        session.document(first)
        owner.ready(session)
        assert session.classes.names == order == tuple(load_dataset(tmp_path).classes)
        assert session.classes.color("zebra") == "#112233"
        assert [session.classes.color(name) for name in order[1:]] == [None] * 4
        session.close(10)
    session = open_session(tmp_path)
    owner.ready(session)
    session.edit("0.png", (box("aaa"),), "draw")
    assert session.classes.names == (*order, "aaa"), "what a person names comes last"


def test_who_works_before_all_is_read_keeps_the_order_that_is_there(
    tmp_path: Path, owner: Owner, open_session: Open
) -> None:
    for number, name in enumerate(["zebra", "ant"]):
        labelled(tmp_path, f"{number}.png", [name])
    session = open_session(tmp_path)
    session.document("0.png")
    session.edit("0.png", (box("zebra"), box("owl")), "draw")
    owner.ready(session)
    assert session.classes.names == ("zebra", "owl", "ant")


def left_session(folder: Path, owner: Owner) -> weakref.ref[Session]:
    """One that was opened, used and closed."""
    session = Session.open(folder, post=owner.post)
    owner.ready(session)
    store = labels_of(session)
    assert labels_of(session) is store and suggestions_of(session) is suggestions_of(session)
    owner.until(lambda: store.ready)
    session.close()
    return weakref.ref(session)


def test_a_project_that_was_left_is_freed_with_all_that_was_made_for_it(
    tmp_path: Path, owner: Owner
) -> None:
    add_image(tmp_path, "a.png")
    session = left_session(tmp_path, owner)

    def freed() -> bool:
        gc.collect()
        return session() is None

    owner.until(freed)
