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
from workbench.project.label_export import ExportRequest, export_labels
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


BIRDNET_CSV = "Start (s),End (s),Scientific name,Common name,Confidence,File\n"
KALEIDOSCOPE = ("INDIR,FOLDER,IN FILE,CHANNEL,OFFSET,DURATION,Fmin,Fmean,Fmax,DATE,TIME,HOUR,"
                "TOP1MATCH*,TOP1DIST,MANUAL ID\n")
JAY_A = ("a.wav", [("Jay", 3.0, 6.0, 0.93)])
CSV = {
    "BirdNET_CombinedTable.csv": (
        BIRDNET_CSV + "3.0,6.0,Garrulus glandarius,Jay,0.93,D:\\birds\\a.wav\n"
        "1.0,4.0,Strix aluco,Owl,0.5,D:\\birds\\b.wav\n3.0,6.0,Pica pica,Magpie,0.5,D:\\else.wav\n",
        [JAY_A, ("b.wav", [("Owl", 1.0, 4.0, 0.5)])]),
    "a.BirdNET.results.csv": (
        BIRDNET_CSV + "3.0,6.0,Garrulus glandarius,Jay,0.93,/home/me/a.wav\n",
        [JAY_A, ("b.wav", [])]),
    "BirdNET_Kaleidoscope.csv": (
        "INDIR,FOLDER,IN FILE,OFFSET,DURATION,scientific_name,common_name,confidence,lat,lon,week,"
        "overlap,sensitivity\n/home,birds,a.wav,3.0,3.0,Garrulus glandarius,Jay,0.93,1,1,1,0,1\n",
        [JAY_A, ("b.wav", [])]),
    "BirdNET_RTable.csv": (
        "filepath,start,end,scientific_name,common_name,confidence,lat,lon,week,model\n"
        "/home/birds/a.wav,3.0,6.0,Garrulus glandarius,Jay,0.93,1,1,1,BirdNET\n",
        [JAY_A, ("b.wav", [])]),
    "excel.csv": (
        "\ufeffStart (s);End (s);Common name;Confidence;File\r\n3,0;6,0;Jay;0,93;a.wav\r\n",
        [JAY_A, ("b.wav", [])]),
    "tabs.tsv": ("File\tStart\tEnd\tSpecies\tScore\textra\na.wav\t3\t6\tJay\t0.93\n",
                 [JAY_A, ("b.wav", [])]),
    "cluster.csv": (
        KALEIDOSCOPE + "C:\\audio,night 1,a.wav,0,3.0,3.0,500,900,2000,,,,Cluster 3,0.2,Jay\n"
        "C:\\audio,night 1,a.wav,0,7,1.5,500,900,2000,,,,Cluster 1,0.4,\n"
        "C:\\audio,night 1,b.wav,0,7,1.5,500,900,2000,,,,NoID,0.4,\n",
        [("a.wav", [("Jay", 3.0, 6.0, None), ("Cluster 1", 7.0, 8.5, None)]), ("b.wav", [])]),
    "id.csv": (
        "INDIR,OUTDIR,FOLDER,IN FILE,CHANNEL,OFFSET,DURATION,AUTO ID*,PULSES,Fc,Fmax,Fmin,"
        "MANUAL ID\n"
        "D:\\bats,,n,a.wav,0,3,3,PIPPIP,9,45,60,44,\n"
        "D:\\bats,,n,b.wav,0,0,2,PIPPIP,9,45,60,44,NYCLEI\n",
        [("a.wav", [("PIPPIP", 3.0, 6.0, None)]), ("b.wav", [("NYCLEI", 0.0, 2.0, None)])]),
    "one_hot.csv": (
        "file,start_time,end_time,Red_Jay,owl\n./clips/a.wav,0,3,1,1\n./clips/a.wav,3,6,0,0\n"
        "./clips/b.wav,6,9,0.0,True\n",
        [("a.wav", [("Red_Jay", 0.0, 3.0, None), ("owl", 0.0, 3.0, None)]),
         ("b.wav", [("owl", 6.0, 9.0, None)])]),
}


@pytest.mark.parametrize("name", CSV)
def test_a_table_of_a_program_labels_the_recordings(name: str, tmp_path: Path) -> None:
    source = recordings(tmp_path / "src", "a.wav", "b.wav")
    text, wanted = CSV[name]
    (source / name).write_text(text, newline="")
    assert brought_in(source, tmp_path / "project") == dict(wanted)
    assert import_dataset(source, tmp_path / "project", "sounds").sounds == 0, "twice is once"


def test_kaleidoscopes_frequencies_are_those_of_clusters_in_hertz(tmp_path: Path) -> None:
    recordings(tmp_path, "a.wav", "b.wav")
    for name, band in (("cluster.csv", (500.0, 2000.0)), ("id.csv", (None, None))):
        (tmp_path / name).write_text(CSV[name][0])
        first, *_ = read_clips(tmp_path)[0]
        assert (first.regions[0].low, first.regions[0].high) == band, name
        (tmp_path / name).unlink()


def test_of_scores_the_best_class_counts_and_that_is_told(tmp_path: Path) -> None:
    recordings(tmp_path, "a.wav")
    table = tmp_path / "scores.csv"
    table.write_text("file,start_time,end_time,jay,owl\na.wav,0,3,0.9,0.7\na.wav,3,6,0.2,0.1\n")
    (record,), problems = read_clips(tmp_path)
    assert [(item.label, item.attributes) for item in record.regions] == [("jay", {"score": 0.9})]
    assert [item.reason for item in problems] == [
        "scores.csv: It holds scores: the class with the highest of a row counts, from 0.5 on."]
    table.write_text("file,start_time,end_time,jay,owl\na.wav,0,3,-1.5,2.5\na.wav,3,6,-4,-3\n")
    (record,), _ = read_clips(tmp_path)
    assert [(item.label, item.start) for item in record.regions] == [("owl", 0.0)], "logits"


def test_one_name_in_two_folders_is_told_apart(tmp_path: Path) -> None:
    """Recorders name files by the time alone."""
    source = recordings(tmp_path / "src", "north/0600.wav", "south/0600.wav", "0700.wav")
    (source / "birds.csv").write_text(
        BIRDNET_CSV + "3,6,x,Jay,0.9,/mnt/card/north/0600.wav\n0,3,x,Owl,0.9,/mnt/card/0700.wav\n")
    assert brought_in(source, tmp_path / "project") == {
        "0700.wav": [("Owl", 0.0, 3.0, 0.9)], "north/0600.wav": [("Jay", 3.0, 6.0, 0.9)],
        "south/0600.wav": []}


def test_rows_that_cannot_be_used_are_told_with_their_line(tmp_path: Path) -> None:
    source = recordings(tmp_path / "src", "a.wav", "b.wav")
    (source / "cut.csv").write_text(
        "file,start,end,label\na.wav,1,2,jay\na.wav,5,4,jay\nb.wav,2,3,owl\nb.wav,7")
    report = import_dataset(source, tmp_path / "project", "sounds")
    told, = (item for item in report.problems)
    assert told.severity == "warning" and told.reason == (
        "cut.csv: 2 rows without a start and a later end in seconds left out (line 3, 5).")
    assert [[item.label for item in record.regions] for record in
            read_clips(tmp_path / "project")[0]] == [["jay"], ["owl"]]


def test_names_as_xeno_canto_gives_them(tmp_path: Path) -> None:
    source = recordings(tmp_path / "src", *(
        f"XC{number} - {name}.wav" for number, name in enumerate(
            ("Jay - Garrulus glandarius", "Tawny Owl - Strix aluco - extra") * 3, 100)))
    import_dataset(source, tmp_path / "project", "sounds")
    assert {record.label for record in read_clips(tmp_path / "project")[0]} == {"Jay", "Tawny Owl"}


def test_a_large_table_of_one_recording_costs_no_more_for_each_row(tmp_path: Path) -> None:
    recordings(tmp_path, "a.wav")
    rows = "".join(f"{at / 20000:.5f},{(at + 1) / 20000:.5f},x,Jay,0.9,a.wav\n"
                   for at in range(100_000))
    (tmp_path / "a.csv").write_text(BIRDNET_CSV + rows)
    (record,), problems = read_clips(tmp_path)
    assert len(record.regions) == 100_000 and not problems


@pytest.mark.parametrize(("data", "words"), [
    (b"Start (s),End (s),Confidence,File\n1,2,0.5,a.wav\n", "no column for the file and none"),
    (b"file,label\na\x81,x\xff\n", "its text encoding is not known: save it as UTF-8"),
    (b"", "it is empty"),
    (BIRDNET_CSV.encode("utf-16-le") + b"\x00", "text encoding is not known"),
])
def test_a_table_that_cannot_be_read_is_named_and_the_rest_comes(
    data: bytes, words: str, tmp_path: Path
) -> None:
    recordings(tmp_path, "a.wav", "b.wav")
    (tmp_path / "b.selections.txt").write_text(BIRDNET + jay("b.wav"))
    (tmp_path / "a.BirdNET.results.csv").write_bytes(data)
    records, (problem,) = read_clips(tmp_path)
    assert words in problem.reason and "a.BirdNET.results.csv" in problem.reason
    assert [record.key for record in records] == ["b.wav"]
    assert (tmp_path / "a.BirdNET.results.csv").read_bytes() == data


def test_what_a_program_was_sure_of_goes_out_to_raven_and_into_other_projects(
    tmp_path: Path
) -> None:
    source = recordings(tmp_path / "src", "a.wav")
    (source / "birds.csv").write_text(BIRDNET_CSV + "3,6,x,Jay,0.93,a.wav\n")
    assert not export_labels(source, ExportRequest("raven"), tmp_path / "out").lost()
    rows = [line.split("\t") for line in
            (tmp_path / "out" / "a.selections.txt").read_text("utf-8").splitlines()]
    assert [row[-2:] for row in rows] == [["Annotation", "Confidence"], ["Jay", "0.93"]]
    assert brought_in(tmp_path / "out", tmp_path / "p")["a.wav"] == [("Jay", 3.0, 6.0, 0.93)]
    told = export_labels(source, ExportRequest("textgrid"), tmp_path / "grid").lost()
    assert "score" in " ".join(told), "where there is no place for it"
