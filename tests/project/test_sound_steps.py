"""Steps on sounds: conflicts with other programs, one step for many clips, merged nudges."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.test_sounds import Owner, beep
from workbench.core.annotation import LabeledObject
from workbench.core.errors import ConflictError, WorkbenchError
from workbench.core.shapes import Region
from workbench.formats.raven import parse_raven
from workbench.project.library.base import TAKE_IN
from workbench.project.session import Session

KEY = "audio/two_ann_0.wav"
HEAD = "\t".join(["Selection", "View", "Channel", "Begin Time (s)", "End Time (s)",
                  "Low Freq (Hz)", "High Freq (Hz)", "Species"])


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def session(tmp_path: Path, owner: Owner) -> Iterator[Session]:
    for label in ("one", "two"):
        for speaker in ("ann", "bob"):
            for number in range(2):
                beep(tmp_path / "p" / "audio" / f"{label}_{speaker}_{number}.wav")
    made = Session.open(tmp_path / "p", post=owner.post)
    assert made.sounds.scanning
    owner.until(lambda: not made.sounds.scanning)
    yield made
    made.close()


def labels_on_disk(path: Path) -> list[str]:
    if not path.exists():
        return []
    return [item.label for item in parse_raven(path.read_bytes(), path, 4000).annotation.objects]


def theirs(path: Path, label: str = "owl") -> bytes:
    """Another program writes the table."""
    path.write_text(f"{HEAD}\n1\tSpectrogram 1\t1\t0.05\t0.1\t100\t900\t{label}\n", "utf-8")
    return path.read_bytes()


# --- another program ------------------------------------------------------------------------------


@pytest.fixture
def conflict(session: Session, owner: Owner) -> Iterator[list[tuple[str, ConflictError]]]:
    """Raven changed the table while our edit was on its way."""
    told: list[tuple[str, ConflictError]] = []
    session.conflict.connect(lambda key, error: told.append((key, error)))
    session.sounds.set_label([KEY], "mine")
    session.saver.flush(60)
    theirs(session.sounds.annotation_path(KEY))
    session.sounds.set_label([KEY], "mine too")
    owner.until(lambda: bool(told))
    yield told


def test_a_conflict_is_told_and_can_be_reloaded_and_undone(
    session: Session, owner: Owner, conflict: list[tuple[str, ConflictError]]
) -> None:
    (key, error), = conflict
    assert key == KEY and "another program" in error.sentence()
    table = session.sounds.annotation_path(KEY)
    before = table.read_bytes()
    session.reload(key)
    assert [item.label for item in session.sounds.document(KEY).annotation.objects] == ["owl"]
    assert session.sounds.summary(KEY).regions == 1
    assert session.undo.undo_text == TAKE_IN
    assert session.saver.flush(60) and table.read_bytes() == before, "theirs, to the last byte"
    owner.until(lambda: session.saver.state == "saved")
    assert not [item for item in session.problems if item.kind == "not-saved"]
    session.undo.undo()
    assert session.saver.flush(60)
    assert labels_on_disk(table) == ["mine too"]


def test_a_conflict_can_be_won_by_ours(
    session: Session, owner: Owner, conflict: list[tuple[str, ConflictError]]
) -> None:
    table = session.sounds.annotation_path(KEY)
    session.overwrite(conflict[0][0])
    assert session.saver.flush(60)
    assert labels_on_disk(table) == ["mine too"]
    owner.until(lambda: session.saver.state == "saved")


def test_an_edit_that_waits_is_not_replaced_unasked(
    session: Session, conflict: list[tuple[str, ConflictError]]
) -> None:
    assert conflict
    session.sounds.check_disk(KEY)
    assert session.sounds.summary(KEY).label == "mine too"
    assert session.undo.undo_text != TAKE_IN


def test_what_cannot_be_read_is_not_reloaded(
    session: Session, conflict: list[tuple[str, ConflictError]]
) -> None:
    session.sounds.annotation_path(KEY).write_text("this is no table")
    with pytest.raises(WorkbenchError, match="not a selection table"):
        session.reload(conflict[0][0])
    assert session.sounds.summary(KEY).label == "mine too"
    assert session.saver.unsaved(KEY), "ours still waits"


def test_a_table_that_changed_while_nothing_waited_is_taken_in(
    session: Session, owner: Owner
) -> None:
    sounds = session.sounds
    sounds.document(KEY)
    theirs(sounds.annotation_path(KEY))
    sounds.check_disk(KEY)
    assert [item.label for item in sounds.document(KEY).annotation.objects] == ["owl"]
    assert session.undo.undo_text is None, "nothing of ours was replaced"
    sounds.set_label([KEY], "mine")
    assert session.saver.flush(60)
    assert sorted(labels_on_disk(sounds.annotation_path(KEY))) == ["mine", "owl"]
    theirs(sounds.annotation_path(KEY), "crow")
    sounds.check_disk(KEY)
    assert session.undo.undo_text == TAKE_IN
    session.undo.undo()
    assert session.saver.flush(60)
    assert sorted(labels_on_disk(sounds.annotation_path(KEY))) == ["mine", "owl"]
    sounds.annotation_path(KEY).write_text("torn")
    sounds.check_disk(KEY)
    assert "not a selection table" in (sounds.document(KEY).readonly_reason or "")


def test_our_own_save_is_not_taken_for_another_program(session: Session) -> None:
    session.sounds.set_label([KEY], "mine")
    assert session.saver.flush(60)
    session.sounds.check_disk(KEY)
    assert session.undo.undo_text == f"label {KEY.rpartition('/')[2]} “mine”"


# --- one step -------------------------------------------------------------------------------------


def test_renaming_a_class_is_one_step_and_keeps_the_order(session: Session) -> None:
    sounds = session.sounds
    session.add_class("three")
    names = session.classes.names
    session.rename_class("one", "uno")
    assert session.undo.undo_text == "rename one to uno"
    assert session.classes.names == ("uno", *names[1:])
    assert sounds.class_counts() == {"uno": 4, "two": 4}
    assert session.saver.flush(60)
    assert labels_on_disk(sounds.annotation_path("audio/one_ann_0.wav")) == ["uno"]
    session.undo.undo()
    assert session.undo.undo_text == "add class three", "there was one step only"
    assert session.classes.names == names
    assert sounds.class_counts() == {"one": 4, "two": 4}
    assert session.saver.flush(60)
    assert not sounds.annotation_path("audio/one_ann_0.wav").exists()
    session.undo.redo()
    assert session.classes.names == ("uno", *names[1:])
    assert sounds.class_counts() == {"uno": 4, "two": 4}


def test_merging_two_classes_is_one_step(session: Session) -> None:
    session.sounds.edit(KEY, (LabeledObject("one", Region(0.0, 0.1)),), "mark")
    session.rename_class("one", "two")
    assert session.undo.undo_text == "merge one into two"
    assert session.classes.names == ("two",)
    assert session.sounds.class_counts() == {"two": 8}
    session.undo.undo()
    assert session.classes.names == ("one", "two")
    assert session.sounds.class_counts() == {"one": 5, "two": 3}


def test_removing_a_class_is_one_step(session: Session) -> None:
    session.set_class_color("two", "#123456")
    session.remove_class("two")
    assert session.classes.names == ("one",)
    assert session.sounds.class_counts() == {"one": 4}
    session.undo.undo()
    assert session.classes.names == ("one", "two") and session.classes.color("two") == "#123456"
    assert session.sounds.class_counts() == {"one": 4, "two": 4}


def test_what_fails_leaves_nothing_half_done(session: Session) -> None:
    with pytest.raises(WorkbenchError):
        session.rename_class("one", " ")
    assert session.undo.undo_text is None
    assert session.sounds.class_counts() == {"one": 4, "two": 4}


def test_nudges_that_follow_quickly_are_undone_together(session: Session) -> None:
    sounds = session.sounds
    now = [0.0]
    sounds.clock = lambda: now[0]

    def nudge(start: float, kind: str = "move 0") -> None:
        sounds.edit(KEY, (LabeledObject("two", Region(start, 0.15)),), "move 1 region", kind=kind)
        assert session.saver.flush(60), "each is on the disk at once all the same"

    for number in range(4):
        now[0] += 0.9
        nudge(0.01 * (number + 1))
    now[0] += 1.1
    nudge(0.08)
    nudge(0.09, "move 1")
    nudge(0.10, "")
    nudge(0.11, "")
    starts = []
    while session.undo.undo_text == "move 1 region":
        session.undo.undo()
        starts.append(sounds.document(KEY).annotation.objects[0].start)
    assert starts == [0.10, 0.09, 0.08, 0.04, 0.0]
    session.undo.redo()
    assert sounds.document(KEY).annotation.objects[0].start == 0.04


# --- many clips -----------------------------------------------------------------------------------


COUNT, AT_ONCE = 40, 10  # more than two slices, of which each is more than a few clips


@pytest.fixture
def many(tmp_path: Path, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setattr("workbench.project.library.base.Library.at_once", AT_ONCE)
    monkeypatch.setattr("workbench.project.library.documents.SLICE", 15)
    first = beep(tmp_path / "many" / "one_ann_0.wav", 0.02)
    for number in range(1, COUNT):
        os.link(first, first.with_name(f"{('one', 'two')[number % 2]}_ann_{number}.wav"))
    (first.parent / "bad_ann_0.wav").write_text("no sound")
    made = Session.open(tmp_path / "many", post=owner.post)
    assert made.sounds.scanning
    owner.until(lambda: not made.sounds.scanning)
    yield made
    made.close()


def test_many_clips_are_prepared_in_the_background_and_change_in_one_step(
    many: Session, owner: Owner
) -> None:
    sounds = many.sounds
    keys = list(sounds)
    reports = []
    many.step_finished.connect(reports.append)
    told: list[int] = []
    sounds.set_label(keys, "three", then=told.append)
    assert sounds.work is not None and sounds.work.total == len(keys) == COUNT + 1
    assert sounds.class_counts()["three"] == 0, "nothing is changed before all is ready"
    sounds.edit("two_ann_1.wav", (LabeledObject("one", Region(0.002, 0.006)),), "edit meanwhile")
    owner.until(lambda: sounds.work is None and sounds.class_counts()["three"] == len(keys) - 1)
    assert told == [len(keys) - 1] and reports[0].changed == len(keys) - 1
    assert [Path(item.path).name for item in reports[0].problems] == ["bad_ann_0.wav"]
    labels = [item.label for item in sounds.document("two_ann_1.wav").annotation.objects]
    assert labels == ["three", "one"], "the edit that came between is kept"
    many.undo.undo()
    many.close()
    kept = sorted(path.name for path in many.folder.glob("*.selections.txt"))
    assert kept == ["two_ann_1.selections.txt"], "closing waits for all of a step"


def test_a_large_rename_is_one_step_too(many: Session, owner: Owner) -> None:
    sounds = many.sounds
    many.rename_class("one", "uno")
    many.rename_class("two", "due")
    owner.until(lambda: sounds.work is None and sounds.class_counts()["due"] > AT_ONCE)
    assert many.classes.names == ("uno", "due")
    many.undo.undo()
    many.undo.undo()
    assert many.undo.undo_text is None and many.classes.names == ("one", "two")
    owner.until(lambda: sounds.class_counts()["uno"] == 0 and sounds.class_counts()["due"] == 0)


def test_closing_finishes_what_was_asked_for(many: Session) -> None:
    many.sounds.set_label(list(many.sounds), "three")
    many.sounds.set_label(["one_ann_0.wav"], "four")
    many.rename_class("one", "uno")
    many.close()
    tables = list(many.folder.glob("*.selections.txt"))
    assert len(tables) == COUNT
    assert {label for path in tables for label in labels_on_disk(path)} == {"three"}
    assert "uno" in (many.folder / "workbench.toml").read_text("utf-8")


def test_preparing_can_be_given_up(many: Session, owner: Owner) -> None:
    sounds = many.sounds
    sounds.set_label(list(sounds), "three")
    sounds.set_label(list(sounds), "four")
    sounds.stop_work()
    assert sounds.work is None and many.undo.undo_text is None
    sounds.set_label(["one_ann_0.wav"], "five")
    assert many.saver.flush(60)
    assert len(list(many.folder.glob("*.selections.txt"))) == 1


# --- where one may not look -----------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is locked for the administrator")
def test_a_locked_folder_and_a_locked_table_are_told(tmp_path: Path, owner: Owner) -> None:
    beep(tmp_path / "p" / "open" / "a.wav")
    beep(tmp_path / "p" / "locked" / "b.wav")
    table = tmp_path / "p" / "open" / "a.selections.txt"
    theirs(table)
    table.chmod(0)
    (tmp_path / "p" / "locked").chmod(0)
    try:
        session = Session.open(tmp_path / "p", post=owner.post)
        sounds = session.sounds
        owner.until(lambda: not sounds.scanning)
        assert list(sounds) == ["open/a.wav"]
        assert "permission" in (sounds.document("open/a.wav").readonly_reason or "")
        kinds = {item.kind: item.reason for item in session.problems}
        assert "could not be listed" in kinds["unreadable-folder"]
        assert "permission" in kinds["unreadable-sound"]
        table.chmod(0o600)
        sounds.check_disk("open/a.wav")
        assert sounds.document("open/a.wav").readonly_reason is None
        session.close()
    finally:
        (tmp_path / "p" / "locked").chmod(0o700)


def test_a_table_that_must_not_be_read_is_told(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = session.sounds.annotation_path(KEY)
    theirs(table)
    def locked(path: Path) -> bytes:
        assert path == table
        raise PermissionError(13, "Permission denied")

    def refused(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("workbench.project.library.clips.read_regular", locked)
    monkeypatch.setattr(Path, "is_file", refused)  # what a locked folder makes of pathlib's
    document = session.sounds.document(KEY)
    assert "no permission to read it" in (document.readonly_reason or "")
    with pytest.raises(WorkbenchError, match="no permission"):
        session.sounds.set_label([KEY], "mine")
    assert table.read_bytes().startswith(HEAD.encode())
