"""Tables about several recordings, labels beyond the end, and recordings that were never closed."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.project.helpers import Owner
from workbench.cli import main
from workbench.core.shapes import Region
from workbench.project.datasets.sounds import load_sound_dataset, read_clips
from workbench.project.doctor import doctor
from workbench.project.imports.images import import_dataset
from workbench.project.imports.preview import preview
from workbench.project.library.clip_labels import ClipLabel
from workbench.project.library.clips import ClipSummary, clip_content, read_clip
from workbench.project.session import Session

HEAD = ("Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tBegin File\tFile Offset (s)\t"
        "Species\n")


def beeps(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        soundfile.write(folder / name, 0.3 * np.sin(np.arange(40000) / (5 + number)), 8000)


def several(folder: Path, name: str) -> Path:
    """Three recordings of 5 s with one table: a jay at 1 s and an owl at 3 s of each."""
    beeps(folder, "REC_1.wav", "REC_2.wav", "REC_3.wav")
    rows = [f"{2 * file + turn + 1}\tSpectrogram 1\t1\t{5 * file + at}\t{5 * file + at + 0.5}\t"
            f"REC_{file + 1}.wav\t{at}\t{label}\n"
            for file in range(3) for turn, (at, label) in enumerate(((1.0, "jay"), (3.0, "owl")))]
    (folder / name).write_text(HEAD + "".join(rows))
    return folder


@pytest.mark.parametrize("name", ["survey.selections.txt", "REC_1.Table.1.selections.txt"])
def test_one_table_labels_all_recordings(tmp_path: Path, name: str) -> None:
    folder = several(tmp_path, name)
    records, problems = read_clips(folder)
    assert not problems
    for record in records:
        assert [(item.label, item.start, item.end) for item in record.regions] == [
            ("jay", 1.0, 1.5), ("owl", 3.0, 3.5)], record.key


@pytest.mark.parametrize("name", ["survey.selections.txt", "REC_1.Table.1.selections.txt"])
def test_an_edit_of_one_recording_leaves_the_others(tmp_path: Path, name: str) -> None:
    folder = several(tmp_path, name)
    for key, left in (("REC_1.wav", [("owl", 3.0)]), ("REC_2.wav", [("owl", 3.0)])):
        document = read_clip(key, folder / key, ClipLabel())
        state = document.state.with_objects(document.annotation.objects[1:])
        content = clip_content(state, document.nyquist)
        assert content is not None
        document.annotation_path.write_bytes(content)
        again = read_clip(key, folder / key, ClipLabel())
        assert [(item.label, item.start) for item in again.annotation.objects] == left
    other = read_clip("REC_3.wav", folder / "REC_3.wav", ClipLabel())
    assert [item.label for item in other.annotation.objects] == ["jay", "owl"]


def test_a_table_that_is_named_for_one_of_its_recordings_says_so(tmp_path: Path) -> None:
    folder = several(tmp_path / "src", "REC_1.selections.txt")
    words = ("REC_1.selections.txt also lists REC_2.wav, REC_3.wav, but it labels REC_1 only, for "
             "which it is named. Rename it to “all.selections.txt”, and it labels all that it "
             "lists.")
    assert [problem.reason for problem in doctor(folder)] == [words]
    assert [item.reason for item in preview(folder, tmp_path / "project").problems] == [words]
    report = import_dataset(folder, tmp_path / "project", "sounds")
    assert [problem.reason for problem in report.problems] == [words]
    for number in (2, 3):  # each has a table of its own: nothing is missing
        (folder / f"REC_{number}.selections.txt").write_text(HEAD)
    assert not doctor(folder)
    for number in (2, 3):
        (folder / f"REC_{number}.selections.txt").unlink()
    (folder / "REC_1.selections.txt").rename(folder / "all.selections.txt")
    assert not doctor(folder)
    assert all(len(record.regions) == 2 for record in read_clips(folder)[0])


@pytest.mark.parametrize("name", ["survey.selections.txt", "REC_1.Table.1.selections.txt"])
def test_import_gives_each_recording_its_labels(tmp_path: Path, name: str) -> None:
    report = import_dataset(several(tmp_path / "src", name), tmp_path / "project", "sounds")
    assert not report.problems and not report.left
    records, problems = read_clips(tmp_path / "project")
    assert not problems
    assert [[(item.label, item.start) for item in record.regions] for record in records] == [
        [("jay", 1.0), ("owl", 3.0)]] * 3


def test_labels_beyond_the_end_are_told_and_not_counted(tmp_path: Path) -> None:
    beeps(tmp_path, "cut.wav")
    (tmp_path / "cut.txt").write_text("".join(
        f"{at}\t{at + 0.5}\t{label}\n" for at, label in
        ((0, "jay"), (2, "owl"), (4.8, "jay"), (10, "owl"), (12, "jay"))))
    data = load_sound_dataset(tmp_path)
    assert [record.key for part in ("train", "val", "test") for record in data.part(part)]
    problem, = doctor(tmp_path)
    assert problem.kind == "labels-outside" and problem.severity == "warning"
    assert problem.reason.startswith("2 of 5 labels of cut.wav lie beyond its end (5.0 s)")
    document = read_clip("cut.wav", tmp_path / "cut.wav", ClipLabel())
    summary = ClipSummary.of(document, document.annotation)
    assert summary.regions == 3 and dict(summary.classes) == {"jay": 2, "owl": 1}


def test_doctor_names_recordings_that_are_not_whole(tmp_path: Path) -> None:
    beeps(tmp_path, "whole.wav", "cut.wav", "lost.wav")
    (tmp_path / "cut.wav").write_bytes((tmp_path / "cut.wav").read_bytes()[:32044])
    lost = bytearray((tmp_path / "lost.wav").read_bytes())
    lost[40:44] = struct.pack("<I", 0)
    (tmp_path / "lost.wav").write_bytes(lost)
    (tmp_path / "whole.txt").write_text("0.5\t0.5\ta\n1.5\t0.5\tb\n2.5\t0.5\ta\n")
    found = {(Path(item.path).name, item.kind): item.reason for item in doctor(tmp_path)}
    assert found.keys() == {("cut.wav", "truncated-sound"), ("lost.wav", "unclosed-sound"),
                            ("whole.wav", "labels-read-as")}
    assert "more than the 2.0 s that are there" in found["cut.wav", "truncated-sound"]
    assert "to the end of the file (5.0 s)" in found["lost.wav", "unclosed-sound"]


def test_sounds_of_phones_are_named(tmp_path: Path) -> None:
    (tmp_path / "memo.m4a").write_bytes(b"\x00\x00\x00\x1cftypM4A " + bytes(100))
    words = "memo.m4a: M4A (AAC) sound cannot be read; convert it to WAV, FLAC, OGG or MP3."
    assert "m4a" in " ".join(item.reason for item in doctor(tmp_path))
    beeps(tmp_path, "good.wav")
    problem, = load_sound_dataset(tmp_path).problems
    assert (problem.kind, problem.severity, problem.reason) == ("foreign-sound", "warning", words)


@pytest.mark.parametrize("name", ["survey.selections.txt", "REC_1.Table.1.selections.txt"])
def test_deleting_one_recording_keeps_the_labels_of_the_others(tmp_path: Path, name: str) -> None:
    folder = several(tmp_path, name)
    session = opened(folder)
    session.sounds.delete(["REC_1.wav"])
    assert len(read_clip("REC_2.wav", folder / "REC_2.wav", ClipLabel()).annotation.objects) == 2
    session.undo.undo()
    assert len(session.sounds.document("REC_1.wav").annotation.objects) == 2
    session.close(5)


def opened(folder: Path) -> Session:
    owner = Owner()
    session = Session.open(folder, post=owner.post)
    owner.until(lambda: not session.sounds.scanning)
    return session


def test_a_table_of_segments_comes_back_as_regions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = several(tmp_path / "own", "all.selections.txt")
    beeps(folder, "whole.wav")
    raven = folder / "whole.selections.txt"
    raven.write_text("Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\t"
                     "High Freq (Hz)\tAnnotation\n1\tSpectrogram 1\t1\t0\t5\t0\t4000\twind\n"
                     "2\tSpectrogram 1\t1\t1.25\t2\t500\t1500\tjay\n")
    assert main(["export-labels", str(folder), "--format", "segments", "--out",
                 str(tmp_path / "out")]) == 0
    for place in (tmp_path / "out", tmp_path / "again"):  # opened as it is, and imported
        if place.name == "again":
            assert main(["import", str(tmp_path / "out"), "--project", str(place)]) == 0
        found = {record.path.name: record for record in read_clips(place)[0]}
        assert [(item.label, item.region) for item in found["REC_2.wav"].regions] == [
            ("jay", Region(1.0, 1.5)), ("owl", Region(3.0, 3.5))]
        assert found["whole.wav"].label == "wind"
        assert [item.region for item in found["whole.wav"].regions] == [
            Region(1.25, 2.0, 500.0, 1500.0)]
    said = capsys.readouterr().out
    assert "segments.csv (4 of 4 sounds, 3 classes)" in said and "several classes" not in said


def test_an_edit_of_a_segment_is_a_table_beside_the_clip(tmp_path: Path, owner: Owner) -> None:
    beeps(tmp_path, "a.wav", "b.wav")
    table = tmp_path / "segments.csv"
    table.write_text("file,start,end,label\na.wav,1,2,jay\na.wav,2,3,\na.wav,3,4,owl\n"
                     "b.wav,0.5,1,owl\n")
    before = table.read_bytes()
    session = Session.open(tmp_path, post=owner.post)
    owner.until(lambda: not session.sounds.scanning)
    assert session.sounds.class_counts() == {"jay": 1, "owl": 2}
    first, bare, owl = session.sounds.document("a.wav").annotation.objects
    assert (bare.label, owl.label) == ("", "owl"), "what it is, is still to be said"
    session.sounds.edit("a.wav", (first,), "delete 1 region")
    owner.settled(session)
    session.close()
    found = {record.key: [item.label for item in record.regions]
             for record in read_clips(tmp_path)[0]}
    assert found == {"a.wav": ["jay"], "b.wav": ["owl"]} and table.read_bytes() == before


def test_times_in_the_recording_that_clips_were_cut_from_are_no_regions(tmp_path: Path) -> None:
    beeps(tmp_path, "a.wav", "b.wav")
    (tmp_path / "t.csv").write_text("file,start,end,label\na.wav,62,67,jay\nb.wav,3.2,8.19,owl\n")
    assert [(item.label, item.regions) for item in read_clips(tmp_path)[0]] == [
        ("jay", ()), ("owl", ())]
