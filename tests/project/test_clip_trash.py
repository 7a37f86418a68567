"""Deleted clips lie in the trash, come back from it, and nothing is lost on the way."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.project.test_sounds import Owner, beep
from workbench.core.annotation import LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Region
from workbench.formats.raven import table_of_several
from workbench.project.session import Session
from workbench.project.trash import (
    TRASH,
    TrashSize,
    bring_back,
    deleted,
    empty_trash,
    forget_old,
    put_away,
    trash_size,
)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    for name in ("a", "b", "c"):
        beep(tmp_path / "p" / "audio" / f"{name}.wav")
    (tmp_path / "p" / "audio" / "b.txt").write_text("0.0\t0.1\towl\n", "utf-8")
    owner = Owner()
    opened = Session.open(tmp_path / "p", post=owner.post)
    owner.until(lambda: not opened.sounds.scanning)
    return opened


def files(session: Session) -> dict[str, bytes]:
    folder = session.folder
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in (folder / "audio").rglob("*")}


def test_labels_beside_a_clip_go_and_come_back_with_it(session: Session) -> None:
    session.sounds.edit("audio/b.wav", [LabeledObject("frog", Region(0.0, 0.05))], "mark frog")
    assert session.saver.flush(60)
    before = files(session)
    assert "audio/b.selections.txt" in before
    session.sounds.delete(["audio/b.wav"])
    assert list(session.sounds) == ["audio/a.wav", "audio/c.wav"]
    assert sorted(files(session)) == ["audio/a.wav", "audio/c.wav"]
    session.undo.undo()
    assert files(session) == before
    assert [item.label for item in session.sounds.document("audio/b.wav").annotation.objects] \
        == ["frog"]
    session.undo.undo()  # the edit before it
    assert session.saver.flush(60)
    assert "audio/b.selections.txt" not in files(session)
    session.close(5)


def test_a_clip_comes_back_after_a_restart(session: Session) -> None:
    before = files(session)
    session.sounds.delete(["audio/b.wav"])
    session.sounds.delete(["audio/a.wav"])
    assert session.close(5)
    owner = Owner()
    again = Session.open(session.folder, post=owner.post)
    owner.until(lambda: not again.sounds.scanning)
    assert list(again.sounds) == ["audio/c.wav"]
    found = deleted(again.folder)
    assert [item.files for item in found] == [
        ("audio/a.wav",), ("audio/b.txt", "audio/b.wav")], "the last first, with its labels"
    bring_back(again.folder, found[1])
    again.sounds.changes.check()
    owner.until(lambda: len(again.sounds) == 2)
    assert again.sounds.document("audio/b.wav").annotation.objects[0].label == "owl"
    bring_back(again.folder, found[0])
    assert files(again) == before and deleted(again.folder) == []
    again.close(5)


def test_an_edit_on_its_way_reaches_the_table_first(session: Session) -> None:
    session.sounds.edit("audio/a.wav", [LabeledObject("frog", Region(0.0, 0.05))], "mark frog")
    session.sounds.delete(["audio/a.wav"])
    assert session.saver.flush(60)
    assert not (session.folder / "audio" / "a.selections.txt").exists()
    session.undo.undo()
    assert "frog" in (session.folder / "audio" / "a.selections.txt").read_text("utf-8")
    session.close(5)


def test_a_name_that_was_given_anew_is_not_overwritten(session: Session) -> None:
    session.sounds.delete(["audio/a.wav", "audio/c.wav"])
    other = beep(session.folder / "audio" / "c.wav", seconds=0.5).read_bytes()
    with pytest.raises(WorkbenchError, match=r"c\.wav: there is another file of this name by now"):
        session.undo.undo()
    assert (session.folder / "audio" / "c.wav").read_bytes() == other
    assert not (session.folder / "audio" / "a.wav").exists(), "all or none"
    (session.folder / "audio" / "c.wav").unlink()
    session.undo.undo()
    assert len(session.sounds) == 3
    session.close(5)


def test_all_or_none_go(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(session)
    move = Path.rename

    def refuses(path: Path, target: Path) -> Path:
        if path.name == "b.wav" and TRASH in str(target):
            raise PermissionError(13, "Permission denied")
        return move(path, target)

    monkeypatch.setattr(Path, "rename", refuses)
    with pytest.raises(WorkbenchError, match=r"b\.wav: it could not be moved.*Nothing was moved"):
        session.sounds.delete(["audio/a.wav", "audio/b.wav"])
    assert files(session) == before and len(session.sounds) == 3
    assert session.undo.undo_text is None
    session.close(5)


def test_what_lies_in_the_trash_is_no_clip_and_goes_after_a_month(session: Session) -> None:
    folder = session.folder
    away = put_away(folder, [folder / "audio" / "a.wav"])
    newer = put_away(folder, [folder / "audio" / "c.wav"])
    month_ago = time.time() - 31 * 86400
    os.utime(away.folder, (month_ago, month_ago))
    forget_old(folder)
    assert not away.folder.exists()
    bring_back(folder, newer)
    assert (folder / "audio" / "c.wav").is_file() and not newer.folder.exists()
    session.close(5)


def test_what_a_person_put_into_the_trash_stays(session: Session) -> None:
    folder = session.folder
    theirs = folder / TRASH / "thesis" / "chapter.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("dear", "utf-8")
    year_ago = time.time() - 365 * 86400
    os.utime(theirs.parent, (year_ago, year_ago))
    forget_old(folder)
    assert theirs.is_file()
    away = put_away(folder, [folder / "audio" / "a.wav"])
    (away.folder / "audio" / "note.txt").write_text("why", "utf-8")
    (folder / "audio" / "a.wav").symlink_to("lost.wav")
    with pytest.raises(WorkbenchError, match="another file of this name"):
        bring_back(folder, away)
    (folder / "audio" / "a.wav").unlink()
    bring_back(folder, away)
    assert (folder / "audio" / "a.wav").is_file()
    assert (away.folder / "audio" / "note.txt").is_file()
    session.close(5)


def test_an_emptied_trash_gives_nothing_back_and_earlier_steps_can_be_undone(
        session: Session) -> None:
    session.sounds.edit("audio/b.wav", [LabeledObject("frog", Region(0.0, 0.05))], "mark frog")
    session.sounds.delete(["audio/a.wav"])
    size = trash_size(session.folder)
    assert size.files == 1 and size.bytes > 44
    empty_trash(session.folder)
    assert trash_size(session.folder) == TrashSize() and len(session.sounds) == 2
    with pytest.raises(WorkbenchError, match="no longer in the trash"):
        session.undo.undo()
    session.undo.drop_lost()
    assert session.undo.undo_text == "mark frog"
    session.undo.undo()
    session.close(5)


def test_a_trash_that_is_a_link_is_left_alone(session: Session, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "old").mkdir(parents=True)
    (theirs / "old" / "letter.txt").write_text("dear", "utf-8")
    year_ago = time.time() - 365 * 86400
    os.utime(theirs / "old", (year_ago, year_ago))
    (session.folder / TRASH).symlink_to(theirs)
    forget_old(session.folder)
    assert trash_size(session.folder) == TrashSize()
    empty_trash(session.folder)
    with pytest.raises(WorkbenchError, match="link"):
        session.sounds.delete(["audio/a.wav"])
    assert (theirs / "old" / "letter.txt").is_file() and len(list(theirs.iterdir())) == 1
    session.close(5)


def test_what_the_disk_keeps_of_the_trash_is_told(
        session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.sounds.delete(["audio/a.wav"])
    with monkeypatch.context() as patch:
        def refuses(*_args: object, **_more: object) -> None:
            raise PermissionError(13, "Permission denied")

        patch.setattr(os, "unlink", refuses)
        with pytest.raises(WorkbenchError, match="not all of it"):
            empty_trash(session.folder)
    session.undo.undo()
    assert len(session.sounds) == 3
    session.close(5)


def test_labels_stay_when_the_other_clip_of_the_same_name_goes(session: Session) -> None:
    beep(session.folder / "audio" / "a.flac")
    session.sounds.add_keys(["audio/a.flac"])
    session.sounds.remove_keys(["audio/a.wav"])
    session.sounds.add_keys(["audio/a.wav"])
    session.sounds.edit("audio/a.wav", [LabeledObject("frog", Region(0.0, 0.05))], "mark frog")
    session.sounds.delete(["audio/a.flac"])
    fresh = session.sounds.read("audio/a.wav")
    assert [item.label for item in fresh.annotation.objects] == ["frog"]
    assert fresh.annotation_path.name == "a.wav.selections.txt"
    session.close(5)


def test_other_texts_of_a_clips_name_stay_and_hide_no_labels(tmp_path: Path) -> None:
    audio = tmp_path / "audio"
    clip = beep(audio / "a.wav", seconds=2)
    notes, image = audio / "a.txt", audio / "a.TextGrid"
    notes.write_text("0 0.5 0.5 0.1 0.1\n", "utf-8")  # of a.jpg, in YOLO
    image.write_text("heard at dawn, near the pond\n", "utf-8")
    (audio / "all.selections.txt").write_bytes(table_of_several([
        (clip, [LabeledObject("owl", Region(0.5, 1.0))], 2.0, 4000.0),
        (audio / "b.wav", [LabeledObject("frog", Region(0.5, 1.0))], 2.0, 4000.0)]))
    owner = Owner()
    session = Session.open(tmp_path, post=owner.post)
    owner.until(lambda: not session.sounds.scanning)
    assert session.sounds.class_counts() == {"owl": 1}
    session.sounds.delete(["audio/a.wav"])
    assert notes.exists() and image.exists() and not clip.exists()
    session.close(5)
