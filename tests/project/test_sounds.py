"""Sounds are found, named by what is known of them, and labelled without losing anything."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from workbench.core.annotation import LabeledObject
from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.shapes import Region
from workbench.formats.raven import parse_raven
from workbench.media.sounds.names import recording_name
from workbench.project.library.clip_labels import (
    ClipLabel,
    LabelSource,
    SoundSettings,
    compile_pattern,
    find_settings,
    read_label_csv,
)
from workbench.project.library.label_sources import label_choices
from workbench.project.session import Session
from workbench.project.task import task_of_folder


class Owner:
    """Runs what background threads post, on the test's thread."""

    def __init__(self) -> None:
        self.queue: queue.Queue[Callable[[], None]] = queue.Queue()

    def post(self, what: Callable[[], None]) -> None:
        self.queue.put(what)

    def until(self, done: Callable[[], bool], seconds: float = 120) -> None:
        timer = threading.Event()
        alarm = threading.Timer(seconds, timer.set)
        alarm.start()
        try:
            while not done():
                assert not timer.is_set(), "this never happened"
                try:
                    self.queue.get(timeout=0.05)()
                except queue.Empty:
                    continue
        finally:
            alarm.cancel()


def beep(path: Path, seconds: float = 0.2, rate: int = 8000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = 0.3 * np.sin(np.arange(int(seconds * rate)) / 5)
    soundfile.write(path, samples.astype(np.float32), rate)
    return path


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    for label in ("one", "two"):
        for speaker in ("ann", "bob"):
            for number in range(2):
                beep(tmp_path / "p" / "audio" / f"{label}_{speaker}_{number}.wav")
    return tmp_path / "p"


@pytest.fixture
def session(digits: Path, owner: Owner) -> Iterator[Session]:
    session = Session.open(digits, post=owner.post)
    assert session.sounds is session.sounds
    owner.until(lambda: not session.sounds.scanning)
    yield session
    session.close()


def test_names_say_label_and_speaker(session: Session) -> None:
    sounds = session.sounds
    assert sounds.settings.pattern == "{label}_{group}_{n}"
    assert len(sounds) == 8 and sounds.key(0) == "audio/one_ann_0.wav"
    summary = sounds.summary("audio/two_bob_1.wav")
    assert (summary.label, summary.group, summary.regions) == ("two", "bob", 0)
    assert summary.info is not None and summary.info.duration == pytest.approx(0.2)
    assert sounds.class_counts() == {"one": 4, "two": 4}
    assert session.classes.names == ("one", "two")
    assert not (session.folder / "workbench.toml").exists(), "looking changes nothing"


def test_a_label_is_a_raven_table_at_once_and_undo_takes_it_away(
    session: Session, owner: Owner
) -> None:
    sounds = session.sounds
    keys = ["audio/one_ann_0.wav", "audio/one_ann_1.wav"]
    sounds.set_label(keys, "three")
    assert session.undo.undo_text == "label 2 sounds “three”"
    assert sounds.class_counts() == {"one": 2, "two": 4, "three": 2}
    assert session.classes.names == ("one", "two", "three")
    assert session.saver.flush(60)
    table = session.folder / "audio" / "one_ann_0.selections.txt"
    region, = parse_raven(table.read_bytes(), table, 4000).annotation.objects
    assert (region.label, region.start, region.end) == ("three", 0.0, pytest.approx(0.2))
    assert (region.low, region.high) == (None, None)
    session.undo.undo()
    assert session.saver.flush(60)
    assert not table.exists()
    assert sounds.summary(keys[0]).label == "one"
    session.undo.redo()
    assert session.saver.flush(60) and table.exists()


def test_regions_are_kept_beside_the_label(session: Session, owner: Owner) -> None:
    sounds, key = session.sounds, "audio/two_ann_0.wav"
    whole = sounds.document(key).annotation.objects
    call = LabeledObject("call", Region(0.05, 0.1, 500.0, 900.0))
    sounds.edit(key, (*whole, call), "mark a call")
    sounds.set_label([key], "two!")
    assert sounds.summary(key).regions == 1
    session.close()
    again = Session.open(session.folder, post=owner.post)
    owner.until(lambda: not again.sounds.scanning)
    labels = {item.label: item for item in again.sounds.document(key).annotation.objects}
    assert set(labels) == {"two!", "call"}
    assert (labels["call"].low, labels["call"].high) == (500.0, 900.0)
    again.close()


def test_a_table_that_another_program_changed_is_not_overwritten(
    session: Session, owner: Owner
) -> None:
    sounds, key = session.sounds, "audio/two_ann_0.wav"
    sounds.set_label([key], "a")
    session.saver.flush(60)
    table = sounds.document(key).annotation_path
    table.write_text("mine")
    sounds.set_label([key], "b")
    session.saver.flush(60)
    owner.until(lambda: any(problem.path == str(table) for problem in session.problems))
    assert session.saver.state == "failed"
    assert table.read_text() == "mine"


def test_bad_sounds_and_tables_are_told_and_left_alone(digits: Path, owner: Owner) -> None:
    (digits / "audio" / "one_zoe_0.wav").write_text("not a sound")
    bad = digits / "audio" / "one_ann_0.selections.txt"
    bad.write_text("not a table")
    beep(digits / "runs" / "r" / "one_ann_9.wav")
    session = Session.open(digits, post=owner.post)
    told: list[str] = []
    session.problem_added.connect(lambda problem: told.append(problem.reason))
    sounds = session.sounds
    owner.until(lambda: not sounds.scanning)
    assert len(sounds) == 9, "runs hold no data"
    assert any("one_zoe_0.wav" in words for words in told)
    assert any("one_ann_0.selections.txt" in words for words in told)
    with pytest.raises(WorkbenchError, match=r"one_ann_0\.selections\.txt"):
        sounds.set_label(["audio/one_ann_0.wav"], "two")
    assert bad.read_text() == "not a table"
    session.close()


def test_audacity_labels_are_read_and_a_raven_table_is_written(
    tmp_path: Path, owner: Owner
) -> None:
    beep(tmp_path / "night.wav", 1.0)
    labels = tmp_path / "night.txt"
    labels.write_text("0.1\t0.4\towl\n\\\t300\t900\n")
    session = Session.open(tmp_path, post=owner.post)
    owner.until(lambda: not session.sounds.scanning)
    region, = session.sounds.document("night.wav").annotation.objects
    assert (region.label, region.low) == ("owl", 300)
    session.sounds.edit("night.wav", [region.with_label("tawny owl")], "rename")
    session.saver.flush(60)
    assert labels.read_text().startswith("0.1\t0.4\towl"), "the other program's file stays"
    assert b"tawny owl" in (tmp_path / "night.selections.txt").read_bytes()
    session.close()


def test_settings_are_remembered(session: Session, owner: Owner) -> None:
    session.sounds.use_settings(SoundSettings(pattern="{group}_{label}_{n}"))
    owner.until(lambda: not session.sounds.scanning)
    assert session.sounds.summary("audio/one_ann_0.wav").label == "ann"
    folder = session.folder
    session.close()
    again = Session.open(folder, post=owner.post)
    owner.until(lambda: not again.sounds.scanning)
    assert again.sounds.settings.pattern == "{group}_{label}_{n}"
    again.close()


def test_classes_of_another_way_of_labelling_go_with_it(session: Session, owner: Owner) -> None:
    session.classes.add("one's own")
    before = [name for name in session.classes if name != "one's own"]
    session.sounds.use_settings(SoundSettings(pattern="{group}_{label}_{n}"))
    owner.until(lambda: not session.sounds.scanning)
    assert "ann" in session.classes and "one's own" in session.classes
    counts = session.sounds.class_counts()
    assert any(name not in session.classes for name in before)
    assert all(name in session.classes for name in before if counts.get(name))
    session.sounds.use_settings(SoundSettings())
    owner.until(lambda: not session.sounds.scanning)
    assert "ann" not in session.classes and "one's own" in session.classes


def test_folders_patterns_and_tables(tmp_path: Path) -> None:
    keys = [f"audio/{label}/x{i}.wav" for label in ("yes", "no") for i in range(3)]
    assert find_settings(keys) == SoundSettings(folders=True)
    assert find_settings(["a.wav", "b.wav"]) == SoundSettings()
    match = compile_pattern("{label}_{group}_{n}").fullmatch("bird_song_ann_12")
    assert match is not None and match["label"] == "bird_song" and match["group"] == "ann"
    with pytest.raises(FormatError, match="label"):
        compile_pattern("{name}_{n}")
    esc = tmp_path / "esc50.csv"
    esc.write_text("filename,fold,target,category,esc10,src_file,take\n"
                   "1-100032-A-0.wav,1,0,dog,True,100032,A\n")
    assert read_label_csv(esc) == {"1-100032-A-0.wav": ClipLabel("dog", "1")}
    urban = tmp_path / "urban.csv"
    urban.write_text("slice_file_name,fsID,start,end,salience,fold,classID,class\n"
                     "100032-3-0-0.wav,100032,0.0,0.3,1,5,3,dog_bark\n")
    assert read_label_csv(urban) == {"100032-3-0-0.wav": ClipLabel("dog_bark", "5")}
    parts = tmp_path / "parts.csv"
    parts.write_text("file,start,end,label\na.wav,0,1,wren\na.wav,1,2,robin\na.wav,2,3,wren\n\nb.wav\n")
    found = read_label_csv(parts)
    assert found["a.wav"].classes == ("wren", "robin", "wren") and found["b.wav"] == ClipLabel()
    parts.write_text("filename\tonset\toffset\tevent_label\na.wav\t0.5\t2\tSpeech\n")  # DCASE
    assert read_label_csv(parts)["a.wav"].regions == (
        LabeledObject("Speech", Region(0.5, 2.0)),)
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(FormatError, match="no column for the file"):
        read_label_csv(tmp_path / "x.csv")


def test_folders_of_recorders_are_places_and_no_classes(tmp_path: Path) -> None:
    season = [f"{place}/{prefix}202605{day}_{hour:02}3000.WAV" for day in (12, 13)
              for place, prefix in (("moor", ""), ("wood", "SMA01_")) for hour in range(4, 9)]
    assert find_settings(season) == SoundSettings()
    assert find_settings([f"{key.replace('/', '_')}" for key in season]) == SoundSettings()
    cut = [f"{name}/20260512_043000_{at}.wav" for name in ("wren", "owl") for at in range(5)]
    assert find_settings(cut) == SoundSettings(folders=True), "clips that were cut and sorted"
    for key in season:
        (tmp_path / key).parent.mkdir(exist_ok=True)
        (tmp_path / key).touch()
    assert task_of_folder(tmp_path) == "audio-classification"
    offered = label_choices(tmp_path, season)
    assert [(item.id, item.sure) for item in offered if item.id == "folders"] == [
        ("folders", False)]


def test_two_thousand_real_digits(data_set: Callable[[str], Path], owner: Owner) -> None:
    session = Session.open(data_set("fsdd"), post=owner.post)
    owner.until(lambda: not session.sounds.scanning)
    assert session.sounds.settings.pattern == "{label}_{group}_{n}"
    assert session.sounds.class_counts() == {str(digit): 200 for digit in range(10)}
    assert set(session.sounds.groups().values()) == {"jackson", "nicolas", "theo", "yweweler"}
    session.close()


def test_one_clip_of_another_name_leaves_the_pattern_recognised() -> None:
    keys = [f"{label}_{who}_{n}.wav" for label in "012" for who in ("ann", "bo") for n in range(5)]
    pattern = SoundSettings(pattern="{label}_{group}_{n}")
    assert find_settings([*keys, "a talk.wav", "noise.wav"]) == pattern
    assert find_settings([*keys, *(f"talk {n}.wav" for n in range(10))]) == SoundSettings()


def test_recordings_of_nobody_in_particular_are_no_group(tmp_path: Path) -> None:
    source = LabelSource(SoundSettings(pattern="{label}_{group}_{n}"), tmp_path)
    assert source("yes_ann_1.wav") == ClipLabel("yes", "ann", 1)
    unnamed = recording_name("yes", "", set())
    assert source(unnamed) == ClipLabel("yes", "", 0), "each may go into another part of a split"
