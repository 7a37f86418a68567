"""Tables of Raven and labels of Audacity keep what we do not understand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import FormatError
from workbench.core.shapes import Region
from workbench.formats.audacity import looks_like_audacity, parse_audacity
from workbench.formats.raven import looks_like_raven, new_raven, parse_raven

TABLE = (
    b"Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)"
    b"\tSpecies\tObserver note\r\n"
    b"1\tWaveform 1\t1\t0.50\t1.25\t0.000\t4000.000\trobin\tnear the ford\r\n"
    b"1\tSpectrogram 1\t1\t0.50\t1.25\t0.000\t4000.000\trobin\tnear the ford\r\n"
    b"2\tWaveform 1\t1\t2.0\t2.5\t1200.5\t3000\twren\t\r\n"
    b"2\tSpectrogram 1\t1\t2.0\t2.5\t1200.5\t3000\twren\t\r\n"
)


def test_a_selection_in_two_views_is_read_once() -> None:
    table = parse_raven(TABLE, nyquist=4000)
    assert [region.label for region in table.annotation.objects] == ["robin", "wren"]
    assert table.label_column == "Species"
    robin, wren = table.annotation.objects
    assert (robin.low, robin.high) == (None, None)
    assert (wren.start, wren.end, wren.low, wren.high) == (2.0, 2.5, 1200.5, 3000)


def test_unchanged_is_byte_for_byte() -> None:
    table = parse_raven(TABLE, nyquist=4000)
    assert table.render(table.annotation, 4000) == TABLE


def test_a_change_keeps_unknown_cells_and_reaches_both_views() -> None:
    table = parse_raven(TABLE, nyquist=4000)
    first, second = table.annotation.objects
    text = table.render(Annotation((first.with_label("tit"), second)), 4000).decode()
    assert text.count("\ttit\tnear the ford\r\n") == 2
    assert "0.50\t1.25" in text, "times that did not change keep their digits"
    assert text.encode().split(b"\r\n")[3:] == TABLE.split(b"\r\n")[3:]


def test_deleting_removes_all_views_and_adding_numbers_on() -> None:
    table = parse_raven(TABLE, nyquist=4000)
    second = table.annotation.objects[1]
    new = LabeledObject("owl", Region(3.0, 3.5, low=100.0, high=900.0))
    again = parse_raven(table.render(Annotation((second, new)), 4000), nyquist=4000)
    assert [region.label for region in again.annotation.objects] == ["wren", "owl"]
    assert again.rows[-1][0] == "3"


@pytest.mark.parametrize(
    ("row", "word"),
    [("1\tx\t1\tsoon\t2\t0\t1\ta\t", "Begin Time"), ("1\tx\t1\t3\t2\t0\t1\ta\t", "before")],
)
def test_a_bad_time_is_told_with_its_line(row: str, word: str) -> None:
    header = TABLE.split(b"\r\n")[0]
    with pytest.raises(FormatError, match=f"night.txt: line 2, .*{word}"):
        parse_raven(header + b"\r\n" + row.encode(), Path("night.txt"))


def test_files_are_told_apart() -> None:
    assert looks_like_raven(TABLE) and not looks_like_audacity(TABLE)
    labels = b"0.1\t0.4\tbark\n"
    assert looks_like_audacity(labels) and not looks_like_raven(labels)
    with pytest.raises(FormatError, match="not a selection table"):
        parse_raven(labels)


regions = st.builds(
    lambda label, start, length, band: LabeledObject(
        label, Region(start, start + length, band[0] if band else None,
                      sum(band) if band else None)),
    st.text(st.characters(blacklist_categories=("Cs", "Cc", "Z")), min_size=1, max_size=8),
    st.floats(0, 4000), st.floats(0.001, 50),
    st.none() | st.tuples(st.floats(1, 2000), st.floats(1, 2000)),
)


@given(st.lists(regions, max_size=6))
def test_what_is_written_to_raven_is_read_again(items: list[LabeledObject]) -> None:
    written = new_raven().render(Annotation(tuple(items)), 24000)
    again = parse_raven(written, nyquist=24000).annotation.objects
    assert [item.label for item in again] == [item.label for item in items]
    for old, new in zip(items, again, strict=True):
        assert new.start == pytest.approx(old.start, abs=1e-8)
        assert new.low == (None if old.low is None else pytest.approx(old.low, abs=1e-3))


def test_a_label_of_the_whole_clip_is_known_by_its_times() -> None:
    whole = LabeledObject("seven", Region(0.0, 0.43))
    assert whole.region.is_whole(0.435)
    assert Annotation((whole,)).whole_label(0.43) == "seven"
    assert not whole.with_region(low=100.0, high=200.0).region.is_whole(0.43)
    assert Annotation((whole.with_region(start=0.1, end=0.43),)).whole_label(0.43) is None


def audacity(text: str | bytes) -> list[tuple[str, float, float]]:
    data = text.encode() if isinstance(text, str) else text
    regions = parse_audacity(data, Path("night.txt")).annotation.objects
    return [(item.label, item.start, item.end) for item in regions]


def test_times_are_read_as_programs_write_them() -> None:
    wanted = [("dog", 0.0, 0.5), ("cat", 61.0, 61.5)]
    assert audacity("0.0\t0.5\tdog\n61.0\t61.5\tcat\n") == wanted
    assert audacity("0,000\t0,500\tdog\n61,0\t61,5\tcat\n") == wanted
    assert audacity("00:00:00.000\t00:00:00.5\tdog\n00:01:01\t1:01,5\tcat\n") == wanted
    assert looks_like_audacity(b"00:00:00.000\t00:00:00.5\tdog\n")


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_letters_are_read_in_other_encodings(encoding: str) -> None:
    labels = "0.0\t0.5\tGrünfink\n".encode(encoding)
    assert looks_like_audacity(labels)
    assert audacity(labels) == [("Grünfink", 0.0, 0.5)]
    table = TABLE.decode().replace("robin", "Mönch").encode(encoding)
    assert looks_like_raven(table)
    read = parse_raven(table, nyquist=4000)
    assert [item.label for item in read.annotation.objects] == ["Mönch", "wren"]
    assert read.render(read.annotation, 4000) == table
    first, second = read.annotation.objects
    other = read.render(Annotation((first.with_label("オオルリ"), second)), 4000)
    assert parse_raven(other, nyquist=4000).annotation.objects[0].label == "オオルリ"


def test_letters_of_no_known_encoding_are_refused_with_advice() -> None:
    with pytest.raises(FormatError, match=r"night\.txt: its text encoding .* UTF-8"):
        audacity(b"0.0\t0.5\tGr\x81nfink\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [("nan\tnan\tdog\n1.0\t2.0\tcat\n", "line 1, this line has no start and end"),
     ("0.0\t0.5\tdog\n1.0\tinf\tcat\n", "line 2, this line has no start and end"),
     ("0.5\t0.1\tdog\n1.0\t1.5\tcat\n", "line 1, the label ends before it begins"),
     ("0.0\t0.5\tdog\na remark\n", "line 2, this line has no start and end")],
)
def test_labels_that_we_could_not_write_are_not_read(text: str, words: str) -> None:
    assert looks_like_audacity(text.encode())
    with pytest.raises(FormatError, match=words):
        audacity(text)


def test_start_and_duration_are_recognised() -> None:
    read = parse_audacity(b"0.5\t0.5\tlow\n1.5\t0.5\thigh\n2.5\t0.5\tlow\n")
    assert read.durations
    assert [(item.start, item.end) for item in read.annotation.objects] == [
        (0.5, 1.0), (1.5, 2.0), (2.5, 3.0)]
    assert not parse_audacity(b"0.25\t0.25\tdog\n1.25\t1.25\tcat\n").durations


SEVERAL = (
    "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tBegin File\tFile Offset (s)"
    "\tSpecies\n"
    "1\tSpectrogram 1\t1\t2.0\t2.5\tA.wav\t2.0\towl\n"
    "2\tSpectrogram 1\t1\t12.0\t12.5\tB.wav\t2.0\tjay\n"
    "3\tSpectrogram 1\t1\t24.0\t24.5\tC.WAV\t4.0\towl\n"
)


def test_a_table_about_several_recordings_is_read_and_kept_for_each() -> None:
    table = parse_raven(SEVERAL.encode(), nyquist=4000, clip="b.wav")
    region, = table.annotation.objects
    assert (region.label, region.start, region.end) == ("jay", 2.0, 2.5)
    assert table.render(table.annotation, 4000).decode() == SEVERAL
    new = LabeledObject("wren", Region(5.0, 5.5))
    moved = table.render(Annotation((region.with_region(start=3.0, end=3.25), new)), 4000).decode()
    lines = moved.splitlines()
    assert [lines[1], lines[3]] == [SEVERAL.splitlines()[1], SEVERAL.splitlines()[3]]
    assert lines[2].split("\t")[3:7] == ["13.000000000", "13.250000000", "B.wav", "3.000000000"]
    assert lines[4].split("\t")[3:7] == ["15.000000000", "15.500000000", "B.wav", "5.000000000"]
    again = parse_raven(moved.encode(), nyquist=4000, clip="B.wav").annotation.objects
    assert [(item.label, item.start) for item in again] == [("jay", 3.0), ("wren", 5.0)]


def test_the_part_about_one_recording_stands_alone() -> None:
    part = parse_raven(SEVERAL.encode(), clip="C.wav").alone()
    assert [(item.label, item.start, item.end)
            for item in parse_raven(part).annotation.objects] == [("owl", 4.0, 4.5)]
    assert not parse_raven(SEVERAL.encode(), clip="D.wav").annotation.objects
    without = SEVERAL.replace("File Offset (s)", "Other")
    with pytest.raises(FormatError, match="several recordings but has no “File Offset"):
        parse_raven(without.encode(), clip="B.wav")


def test_columns_of_one_name_and_cells_without_a_column_stay() -> None:
    data = b"Begin Time (s)\tEnd Time (s)\tSpecies\tSpecies\n0.1\t0.2\towl\tjay\textra\n"
    table = parse_raven(data)
    region, = table.annotation.objects
    assert region.label == "owl"
    assert table.render(table.annotation, 4000) == data
    changed = table.render(Annotation((region.with_label("tit"),)), 4000)
    assert changed.endswith(b"\n0.1\t0.2\ttit\tjay\textra\n")
    assert parse_raven(changed).annotation.objects[0].label == "tit"


def test_a_table_without_a_column_for_labels_keeps_its_extra_cell() -> None:
    table = parse_raven(b"Begin Time (s)\tEnd Time (s)\n0.1\t0.1\t0.2\n")
    written = table.render(table.annotation, 4000)
    assert written == b"Begin Time (s)\tEnd Time (s)\tAnnotation\n0.1\t0.1\t\t0.2\n"
    again = parse_raven(written)
    assert again.annotation == table.annotation
    assert again.render(again.annotation, 4000) == written


@given(st.binary(max_size=60), st.sampled_from([TABLE, SEVERAL.encode()]), st.integers(0, 300))
def test_damaged_tables_are_read_or_refused(noise: bytes, table: bytes, place: int) -> None:
    data = table[:place] + noise + table[place + len(noise):]
    try:
        read = parse_raven(data, nyquist=4000, clip="B.wav")
    except FormatError:
        return
    again = parse_raven(read.render(read.annotation, 4000), nyquist=4000, clip="B.wav")
    assert len(again.annotation.objects) == len(read.annotation.objects)


def test_a_time_beyond_all_numbers_is_refused() -> None:
    with pytest.raises(FormatError, match="line 2"):
        audacity("0.5\t1.5\ta\n" + "9" * 400 + ":01\t2.0\tb\n")


def test_a_table_about_many_recordings_and_one_of_too_many_columns_take_no_time() -> None:
    """Both took minutes: each row was held against all others, or made as long as the first."""
    names = [f"{number}.wav" for number in range(20_000)]
    rows = "".join(f"{at}\tSpectrogram 1\t{at}.5\t{at}.7\t{name}\t0.25\twren\n"
                   for at, name in enumerate(names))
    table = parse_raven(("Selection\tView\tBegin Time (s)\tEnd Time (s)\tBegin File\t"
                         f"File Offset (s)\tSpecies\n{rows}").encode(), clip="7.wav")
    assert [item.source for item in table.annotation.objects] == [7]
    wide = b"Begin Time (s)\tEnd Time (s)" + b"\t" * 100_000 + b"\n0\t1\n" * 1000
    with pytest.raises(FormatError, match="more than any table of selections"):
        parse_raven(wide)
