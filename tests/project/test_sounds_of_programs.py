"""What programs that listen for animals write: BirdNET-Analyzer, Kaleidoscope, OpenSoundscape."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Region
from workbench.formats.raven import parse_raven
from workbench.project.datasets.sounds import read_clips
from workbench.project.imports.images import import_dataset
from workbench.project.library.clip_labels import ClipLabel
from workbench.project.library.clips import clip_content, read_clip

BIRDNET = ("Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\t"
           "Common Name\tSpecies Code\tConfidence\tBegin Path\tFile Offset (s)\n")
JAY = "1\tSpectrogram 1\t1\t{at}\t{end}\t0\t3000\tJay\teurjay1\t0.9312\t{path}\t{offset}\n"


def recordings(folder: Path, *names: str) -> Path:
    """Recordings of ten seconds, each with a tone of its own."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, 0.3 * np.sin(np.arange(80_000) / (5 + number)), 8000)
    return folder


def brought_in(source: Path, project: Path) -> dict[str, list[tuple[object, ...]]]:
    """Label, start, end and score of each region of each recording after an import."""
    report = import_dataset(source, project, "sounds")
    assert not report.problems, [item.reason for item in report.problems]
    records, problems = read_clips(project)
    assert not problems
    return {record.key.removeprefix("audio/"): [
        (item.label, item.start, item.end, item.attributes.get("score"))
        for item in record.regions] for record in records}


def jay(name: str, at: float = 3.0, before: float = 0.0) -> str:
    return JAY.format(at=at + before, end=at + before + 3, path=f"D:\\birds\\{name}", offset=at)


def test_birdnet_tables_beside_recordings(tmp_path: Path) -> None:
    source = recordings(tmp_path / "src", "a.wav", "b.wav")
    (source / "a.BirdNET.selection.table.txt").write_text(BIRDNET + jay("a.wav"))
    (source / "b.BirdNET.selection.table.txt").write_text(
        BIRDNET + "1\tSpectrogram 1\t1\t0\t3\t0\t3000\tnocall\tnocall\t1.0\t/x/b.wav\t0\n")
    assert brought_in(source, tmp_path / "project") == {
        "a.wav": [("Jay", 3.0, 6.0, 0.9312)], "b.wav": []}, "nothing heard is no class"


def test_one_birdnet_table_of_a_folder(tmp_path: Path) -> None:
    source = recordings(tmp_path / "src", "a.wav", "b.wav")
    (source / "BirdNET_SelectionTable.txt").write_text(
        BIRDNET + jay("a.wav") + jay("b.wav", at=6.0, before=10.0))
    assert brought_in(source, tmp_path / "project") == {
        "a.wav": [("Jay", 3.0, 6.0, 0.9312)], "b.wav": [("Jay", 6.0, 9.0, 0.9312)]}


def test_birdnet_labels_for_audacity(tmp_path: Path) -> None:
    source = recordings(tmp_path / "src", "a.wav")
    (source / "a.BirdNET.results.txt").write_text("3.0\t6.0\tGarrulus glandarius, Jay\t0.9312\n")
    assert brought_in(source, tmp_path / "project") == {
        "a.wav": [("Garrulus glandarius, Jay", 3.0, 6.0, 0.9312)]}


def test_editing_what_birdnet_found_keeps_its_table_and_all_of_its_columns(tmp_path: Path) -> None:
    recordings(tmp_path, "a.wav")
    theirs = tmp_path / "a.BirdNET.selection.table.txt"
    theirs.write_text(BIRDNET + jay("a.wav", 1.0) + jay("a.wav", 5.0))
    before = theirs.read_bytes()
    document = read_clip("a.wav", tmp_path / "a.wav", ClipLabel())
    first, second = document.annotation.objects
    new = LabeledObject("Owl", Region(8.0, 9.0))
    content = clip_content(document.state.with_objects((first.with_label("Magpie"), second, new)),
                           document.nyquist)
    assert content is not None and document.annotation_path != theirs
    document.annotation_path.write_bytes(content)
    rows = [line.split("\t") for line in content.decode().splitlines()]
    assert "\t".join(rows[0]) + "\n" == BIRDNET
    assert rows[1][7:] == ["Magpie", "eurjay1", "0.9312", "D:\\birds\\a.wav", "1.0"]
    assert rows[2] == before.decode().splitlines()[2].split("\t")
    assert rows[3][7:10] == ["Owl", "", ""], "a person's region has no confidence"
    assert theirs.read_bytes() == before
    again = read_clip("a.wav", tmp_path / "a.wav", ClipLabel())
    assert [(item.label, item.start) for item in again.annotation.objects] == [
        ("Magpie", 1.0), ("Jay", 5.0), ("Owl", 8.0)]


@pytest.mark.parametrize(("columns", "cells", "label"), [
    ("Common Name\tAnnotation", "Jay\tMagpie", "Magpie"),
    ("Annotation\tCommon Name", "\tJay", "Jay"),
    ("Species Code\tScientific Name", "eurjay1\tGarrulus glandarius", "Garrulus glandarius"),
    ("Common Name\tMANUAL ID", "Jay\tMagpie", "Magpie"),
    ("Annotation\tNotes", "\tvery far", ""),
])
def test_the_column_that_holds_the_class(columns: str, cells: str, label: str) -> None:
    head = "Selection\tBegin Time (s)\tEnd Time (s)\t"
    table = parse_raven(f"{head}{columns}\n1\t0.5\t1.5\t{cells}\n".encode())
    item, = table.annotation.objects
    assert item.label == label
    changed = table.render(Annotation((item.with_label("Owl"),)), 4000).decode()
    assert parse_raven(changed.encode()).annotation.objects[0].label == "Owl"
