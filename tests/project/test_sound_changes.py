"""What another program does to the sounds of an open project is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.test_sounds import Owner, beep
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Region
from workbench.formats.raven import new_raven
from workbench.formats.sound_labels import audacity_labels
from workbench.formats.textgrid import textgrid
from workbench.project.datasets.sounds import read_clips
from workbench.project.library.clip_changes import Changes
from workbench.project.library.scan import sort_naturally
from workbench.project.session import Session


class Watched:
    def __init__(self, folder: Path) -> None:
        self.owner = Owner()
        self.session = Session.open(folder, post=self.owner.post)
        self.sounds = self.session.sounds
        self.owner.until(lambda: not self.sounds.scanning)
        self.told: list[Changes] = []
        self.looks = 0
        self.sounds.changes.found.connect(self.told.append)
        self.sounds.changes.checked.connect(self._looked)

    def _looked(self) -> None:
        self.looks += 1

    def look(self) -> Changes:
        before, told = self.looks, len(self.told)
        self.sounds.changes.check()
        self.owner.until(lambda: self.looks > before)
        return self.told[-1] if len(self.told) > told else Changes()


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    for label in ("one", "two"):
        for number in range(3):
            beep(tmp_path / "p" / "audio" / f"{label}_ann_{number}.wav")
    return Watched(tmp_path / "p")


def test_clips_that_come_go_or_are_replaced_are_noticed(watched: Watched) -> None:
    audio = watched.session.folder / "audio"
    assert not watched.look()
    beep(audio / "three_ann_0.wav")
    (audio / "two_ann_1.wav").unlink()
    beep(audio / "one_ann_2.wav", seconds=0.7)
    assert watched.look() == Changes(("audio/three_ann_0.wav",), ("audio/two_ann_1.wav",),
                                     ("audio/one_ann_2.wav",))
    sounds = watched.sounds
    assert "audio/two_ann_1.wav" not in list(sounds) and len(sounds) == 6
    info = sounds.summary("audio/one_ann_2.wav").info
    assert info is not None and info.duration == pytest.approx(0.7)
    assert "three" in watched.session.classes
    assert not watched.look(), "it is told once"
    watched.session.close(5)


def test_a_clip_that_comes_while_the_folder_is_looked_at_is_noticed(watched: Watched) -> None:
    changes = watched.sounds.changes
    changes.check()
    told = watched.owner.queue.get(timeout=60)  # it was looked at, and is not yet told
    beep(watched.session.folder / "audio" / "three_ann_0.wav")
    changes.check()
    told()
    watched.owner.until(lambda: "audio/three_ann_0.wav" in list(watched.sounds))
    watched.session.close(5)


def test_a_replaced_clip_that_is_open_has_its_new_length(watched: Watched) -> None:
    key = "audio/one_ann_0.wav"
    document = watched.sounds.document(key)
    beep(watched.session.folder / key, seconds=0.9)
    assert watched.look().replaced == (key,)
    assert document.duration == pytest.approx(0.9)
    watched.session.close(5)


def test_a_table_that_another_program_wrote_is_in_the_list(watched: Watched) -> None:
    key = "audio/one_ann_0.wav"
    table = watched.sounds.annotation_path(key)
    watched.sounds.edit("audio/one_ann_1.wav", [LabeledObject("owl", Region(0.0, 0.1))], "mark owl")
    assert watched.session.saver.flush(60)
    table.write_bytes(watched.sounds.annotation_path("audio/one_ann_1.wav").read_bytes())
    assert not watched.look(), "the sound itself is the same"
    assert watched.sounds.summary(key).classes == (("owl", 1),)
    assert watched.session.undo.undo_text == "mark owl", "our own saves are no news"
    watched.session.close(5)


def test_a_folder_that_cannot_be_listed_takes_no_clip_away(
        watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    away = watched.session.folder.with_name("elsewhere")
    watched.session.folder.rename(away)
    assert not watched.look()
    assert len(watched.sounds) == 6
    away.rename(watched.session.folder)
    assert not watched.look()
    watched.session.close(5)


def test_an_edit_of_a_clip_that_is_gone_is_undone_without_it(watched: Watched) -> None:
    key = "audio/one_ann_0.wav"
    watched.sounds.edit(key, [LabeledObject("owl", Region(0.0, 0.1))], "mark owl")
    watched.sounds.edit("audio/one_ann_1.wav", [LabeledObject("owl", Region(0.0, 0.1))], "mark owl")
    assert watched.session.saver.flush(60)
    watched.session.undo.undo()
    watched.sounds.path(key).unlink()
    assert watched.look().gone == (key,)
    watched.session.undo.undo()  # the clip is gone: nothing to do, and no way is barred
    assert watched.session.undo.undo_text is None
    watched.session.close(5)


@pytest.mark.parametrize("ending", [".txt", ".TextGrid", ".Table.1.selections.txt"])
@pytest.mark.parametrize("edited", [False, True])
def test_labels_that_only_another_program_writes_are_followed(
        tmp_path: Path, ending: str, edited: bool) -> None:
    """Also where they were changed here, and that was taken back."""
    table = beep(tmp_path / "call.wav", seconds=5).with_name(f"call{ending}")
    owl, frog = (LabeledObject(name, Region(start, start + 1.0))
                 for name, start in (("owl", 1.0), ("frog", 3.0)))
    write_labels(table, owl)
    watched = Watched(tmp_path)
    sounds, key = watched.sounds, "call.wav"
    document = sounds.document(key)
    if edited:
        sounds.edit(key, [*document.annotation.objects, frog], "mark frog")
        watched.session.undo.undo()
        watched.owner.until(lambda: watched.session.saver.state == "saved")
    write_labels(table, owl, frog)
    watched.look()
    assert [item.label for item in document.annotation.objects] == ["owl", "frog"]
    assert dict(sounds.summary(key).classes) == {"owl": 1, "frog": 1}
    assert "frog" in watched.session.classes

    newt = LabeledObject("newt", Region(0.2, 0.4))
    sounds.edit(key, [*document.annotation.objects, newt], "mark newt")
    assert watched.session.close(5)
    assert all(name in document.annotation_path.read_text("utf-8")
               for name in ("owl", "frog", "newt"))


def write_labels(path: Path, *regions: LabeledObject) -> None:
    """As the program does to which files of that name belong."""
    if path.suffix == ".TextGrid":
        text = textgrid(regions, 5.0)
    elif path.name.endswith(".selections.txt"):
        text = new_raven().render(Annotation(regions), 4000.0).decode()
    else:
        text = audacity_labels(regions)
    path.write_text(text, "utf-8")


def test_a_table_of_labels_that_another_program_changes_is_read_again(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("file,label\na.wav,owl\nb.wav,frog\n", "utf-8")
    for name in ("a", "b", "c"):
        beep(tmp_path / f"{name}.wav")
    watched = Watched(tmp_path)
    sounds = watched.sounds
    sounds.set_label(["b.wav"], "toad")
    table.write_text("file,label\na.wav,newt\nb.wav,newt\nc.wav,frog\n", "utf-8")
    watched.look()
    assert [sounds.summary(key).label for key in sounds] == ["newt", "toad", "frog"]
    assert sounds.document("a.wav").annotation.objects[0].label == "newt"
    table.write_text("nothing", "utf-8")
    watched.look()
    assert [problem.kind for problem in watched.session.problems] == ["unreadable-labels"]
    table.write_text("file,label\na.wav,owl\n", "utf-8")
    watched.look()
    assert not watched.session.problems and sounds.summary("a.wav").label == "owl"
    watched.session.close(5)


@pytest.mark.parametrize("again", [False, True])
def test_labels_from_names_stay_when_sounds_of_other_names_come(tmp_path: Path, *,
                                                                again: bool) -> None:
    """A project in which somebody worked; also one that did not say yet how it is labelled."""
    for label in ("one", "two"):
        for number in range(3):
            beep(tmp_path / f"{label}_ann_{number}.wav")
    if again:
        (tmp_path / "workbench.toml").write_text('name = "p"\nclasses = ["one"]\n', "utf-8")
    watched = Watched(tmp_path)
    watched.sounds.set_label(["one_ann_0.wav"], "three")
    assert watched.session.close(5)
    for number in range(9):
        beep(tmp_path / f"Recording {number}.wav")
    watched = Watched(tmp_path)
    assert watched.sounds.class_counts() == {"one": 2, "two": 3, "three": 1}
    watched.session.close(5)
    records = read_clips(tmp_path)[0]
    assert sum(bool(record.label) for record in records) == 6


def test_who_only_looks_leaves_no_project_behind(watched: Watched) -> None:
    watched.session.close(5)
    assert not (watched.session.folder / "workbench.toml").exists()


def test_what_is_wrong_with_a_sound_is_told_while_it_is_and_no_longer(watched: Watched) -> None:
    folder, session = watched.session.folder, watched.session
    table = folder / "audio" / "one_ann_0.selections.txt"

    def kinds() -> list[tuple[str, str]]:
        watched.look()
        return [(Path(problem.path).name, problem.kind) for problem in session.problems]

    table.write_text("Begin Time (s)\tEnd Time (s)\tLabel\nsoon\tlater\towl\n", "utf-8")
    assert kinds() == [("one_ann_0.wav", "unreadable-sound")]
    table.write_text("Begin Time (s)\tEnd Time (s)\tLabel\n5\t6\towl\n", "utf-8")
    assert kinds() == [("one_ann_0.wav", "labels-outside")]
    beep(folder / "audio" / "one_ann_0.wav", seconds=7)
    assert not kinds()
    (folder / "audio" / "new.wav").write_bytes(b"no sound" * 100)
    assert kinds() == [("new.wav", "unreadable-sound")]
    (folder / "audio" / "new.wav").unlink()
    assert not kinds()
    session.close(5)


@pytest.mark.parametrize("number", [3, 150])
def test_sounds_that_come_stand_where_they_belong(watched: Watched, number: int) -> None:
    audio = watched.session.folder / "audio"
    for at in range(number):
        beep(audio / f"one_ann_{7 * at}.wav")
    (audio / "two_ann_1.wav").unlink()
    watched.look()
    keys = list(watched.sounds)
    assert keys == sort_naturally(keys)
    assert len(keys) == len(set(keys)) == len(list(audio.glob("*.wav")))
    assert [watched.sounds.row(key) for key in keys] == list(range(len(keys)))
    watched.session.close(5)
