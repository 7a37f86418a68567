"""TextGrid in both forms, and labels of sounds in other programs' files."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from workbench.cli import main
from workbench.core.annotation import LabeledObject
from workbench.core.errors import FormatError
from workbench.core.shapes import Region
from workbench.formats.audacity import parse_audacity
from workbench.formats.raven import parse_raven
from workbench.formats.textgrid import parse_textgrid, textgrid
from workbench.project.datasets.sounds import read_clips
from workbench.project.label_export import ExportRequest, export_labels

LONG = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.3
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "words 2"
        xmin = 0
        xmax = 2.3
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 1.5
            text = ""
        intervals [2]:
            xmin = 1.5
            xmax = 2.3
            text = "say ""a"" 3"
    item [2]:
        class = "TextTier"
        name = "clicks"
        xmin = 0
        xmax = 2.3
        points: size = 1
        points [1]:
            number = 0.7
            mark = "x"
"""
SHORT = """File type = "ooTextFile"
Object class = "TextGrid"

0
2.3
<exists>
1
! a remark
"IntervalTier"
"words"
0
2.3
1
1.5
2.3
"owl"
"""


def said(data: bytes) -> list[tuple[str, float, float]]:
    return [(item.label, item.start, item.end) for item in parse_textgrid(data).annotation.objects]


def test_both_forms_are_read() -> None:
    assert said(LONG.encode()) == [('say "a" 3', 1.5, 2.3)]
    assert parse_textgrid(LONG.encode()).points == 1
    assert said(SHORT.encode("utf-16")) == [("owl", 1.5, 2.3)]
    none = 'File type = "ooTextFile"\nObject class = "TextGrid"\n0\n1\n<absent>\n'
    assert said(none.encode()) == []


@pytest.mark.parametrize(("text", "words", "line"), [
    (LONG[:400], "cut off", 22), (LONG.replace("xmin = 1.5", "xmin = 2.9"), "ends before", 22),
    (LONG.replace("size = 2\n        int", "size = -1\n        int"), "number of items", 14),
    (LONG.replace("<exists>", ""), "whether there are tiers", 7),
    (LONG.replace("xmax = 1.5", 'xmax = "x"'), "a number is missing", 17),
    (SHORT.replace('"owl"', "5"), "a text is missing", 16),
    ('File type = "ooTextFile"\n"Sound"', "no TextGrid", 2)])
def test_a_bad_file_is_one_sentence(text: str, words: str, line: int) -> None:
    with pytest.raises(FormatError, match=words) as caught:
        parse_textgrid(text.encode())
    assert caught.value.line == line


@given(st.lists(st.tuples(st.sampled_from(("owl", 'a "b"', "Ä 1")), st.integers(0, 900),
                          st.integers(1, 100)), max_size=6))
def test_what_is_written_comes_back(items: list[tuple[str, int, int]]) -> None:
    regions = [LabeledObject(label, Region(start / 100, (start + length) / 100))
               for label, start, length in items]
    assert sorted(said(textgrid(regions, 10.0).encode())) == sorted(
        (item.label, item.start, item.end) for item in regions)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "calls"
    folder.mkdir()
    for name in ("a", "b"):
        soundfile.write(folder / f"{name}.wav", np.zeros(16_000), 8000)
    (folder / "a.TextGrid").write_text(LONG, "utf-8")
    (folder / "b.txt").write_text("0.25\t0.5\towl\n\\\t1000\t2000\n0.3\t0.9\tfrog\n")
    return folder


def test_a_textgrid_beside_a_sound_is_its_labels(project: Path) -> None:
    records, problems = read_clips(project)
    assert [item.label for item in records[0].regions] == ['say "a" 3']
    assert any("1 point of a.TextGrid has no length" in problem.reason for problem in problems)


def test_sounds_go_out(project: Path, tmp_path: Path,
                       capsys: pytest.CaptureFixture[str]) -> None:
    def out(format: str, **more: str) -> Path:
        found = export_labels(project, ExportRequest(format, **more), tmp_path / format)
        assert found.words().startswith("2 sounds with 3 objects were written as")
        return tmp_path / format

    raven = parse_raven((out("raven") / "b.selections.txt").read_bytes(), nyquist=4000.0)
    assert [(item.label, item.start, item.low) for item in raven.annotation.objects] == [
        ("owl", 0.25, 1000), ("frog", 0.3, None)]
    audacity = parse_audacity((out("audacity") / "b.txt").read_bytes()).annotation.objects
    assert [(item.label, item.end, item.high) for item in audacity] == [
        ("owl", 0.5, 2000), ("frog", 0.9, None)]
    with (out("segments", images="none") / "segments.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[1] == {"file": "b.wav", "start": "0.25", "end": "0.5", "label": "owl",
                       "low_hz": "1000", "high_hz": "2000"}
    assert not (tmp_path / "segments" / "b.wav").exists()
    assert main(["export-labels", str(project), "--format", "textgrid", "--out",
                 str(tmp_path / "grid")]) == 0
    assert "“frequencies” of 1 object has no place in TextGrid (Praat)." in capsys.readouterr().out
    assert sorted(said((tmp_path / "grid" / "b.TextGrid").read_bytes())) == [
        ("frog", 0.3, 0.9), ("owl", 0.25, 0.5)]
    assert (tmp_path / "grid" / "b.wav").is_file()
    again = read_clips(tmp_path / "grid")[0]
    assert [len(record.regions) for record in again] == [1, 2]
