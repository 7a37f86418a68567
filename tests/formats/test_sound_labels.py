"""Tables of Raven and labels of Audacity keep what we do not understand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import FormatError
from workbench.core.regions import ClipAnnotation, Region, is_whole
from workbench.formats.audacity import looks_like_audacity, parse_audacity, render_audacity
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
    assert [region.label for region in table.annotation.regions] == ["robin", "wren"]
    assert table.label_column == "Species"
    robin, wren = table.annotation.regions
    assert (robin.low, robin.high) == (None, None)
    assert (wren.start, wren.end, wren.low, wren.high) == (2.0, 2.5, 1200.5, 3000)


def test_unchanged_is_byte_for_byte() -> None:
    table = parse_raven(TABLE, nyquist=4000)
    assert table.render(table.annotation, 4000) == TABLE


def test_a_change_keeps_unknown_cells_and_reaches_both_views() -> None:
    table = parse_raven(TABLE, nyquist=4000)
    first, second = table.annotation.regions
    text = table.render(ClipAnnotation((first.with_label("tit"), second)), 4000).decode()
    assert text.count("\ttit\tnear the ford\r\n") == 2
    assert "0.50\t1.25" in text, "times that did not change keep their digits"
    assert text.encode().split(b"\r\n")[3:] == TABLE.split(b"\r\n")[3:]


def test_deleting_removes_all_views_and_adding_numbers_on() -> None:
    table = parse_raven(TABLE, nyquist=4000)
    second = table.annotation.regions[1]
    new = Region("owl", 3.0, 3.5, low=100.0, high=900.0)
    again = parse_raven(table.render(ClipAnnotation((second, new)), 4000), nyquist=4000)
    assert [region.label for region in again.annotation.regions] == ["wren", "owl"]
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
    with pytest.raises(FormatError, match="no selection table"):
        parse_raven(labels)


regions = st.builds(
    lambda label, start, length, band: Region(
        label, start, start + length, band[0] if band else None, sum(band) if band else None
    ),
    st.text(st.characters(blacklist_categories=("Cs", "Cc", "Z")), min_size=1, max_size=8),
    st.floats(0, 4000), st.floats(0.001, 50),
    st.none() | st.tuples(st.floats(1, 2000), st.floats(1, 2000)),
)


@given(st.lists(regions, max_size=6))
def test_what_is_written_to_raven_is_read_again(items: list[Region]) -> None:
    written = new_raven().render(ClipAnnotation(tuple(items)), 24000)
    again = parse_raven(written, nyquist=24000).annotation.regions
    assert [item.label for item in again] == [item.label for item in items]
    for old, new in zip(items, again, strict=True):
        assert new.start == pytest.approx(old.start, abs=1e-8)
        assert new.low == (None if old.low is None else pytest.approx(old.low, abs=1e-3))


@given(st.lists(regions, max_size=6))
def test_what_is_written_to_audacity_is_read_again(items: list[Region]) -> None:
    again = parse_audacity(render_audacity(ClipAnnotation(tuple(items)))).regions
    assert [(i.label, i.low is None) for i in again] == [(i.label, i.low is None) for i in items]


def test_a_label_of_the_whole_clip_is_known_by_its_times() -> None:
    whole = Region("seven", 0.0, 0.43)
    assert is_whole(whole, 0.435)
    assert ClipAnnotation((whole,)).whole_label(0.43) == "seven"
    assert not is_whole(replace(whole, low=100.0, high=200.0), 0.43)
    assert ClipAnnotation((whole.with_times(0.1, 0.43),)).whole_label(0.43) is None
