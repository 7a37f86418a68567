"""The table of a video's events: what is not understood stays, what is damaged is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.core.annotation import Annotation
from workbench.core.errors import FormatError
from workbench.core.events import Span, event, span_of, subject_of
from workbench.formats.event_table import new_table, parse_events

OURS = (event("grooming", Span(1.04, 2.5, False, 26, 62), "mouse 2", 'it said "no", then\nwent'),
        event("peck", Span(3, 3, True, 75, 75)), event("rest", Span(4, None, False, 100)))


def test_what_is_written_is_read_again() -> None:
    found = parse_events(new_table(Annotation(OURS))).annotation.objects
    assert [replace(item, source=None) for item in found] == list(OURS)
    assert [span_of(item).runs for item in found] == [False, False, True]


def test_what_nobody_knows_stays_and_only_changed_lines_are_written() -> None:
    text = ("# observed by Kim\r\nstop;Start;behaviour;weather;start\r\n\r\n"
            "2,5;1,0;grooming;\"sun; wind\";x\r\n9;8;fight\r\n# end\r\n")
    table = parse_events(b"\xef\xbb\xbf" + text.encode())
    groom, fight = table.annotation.objects
    assert span_of(groom) == Span(1, 2.5) and fight.label == "fight"
    assert table.render(table.annotation) == b"\xef\xbb\xbf" + text.encode()
    moved = replace(groom, shape=Span(1.5, 2.5), attributes={"subject": "a"})
    made = table.render(Annotation((moved, event("peck", Span(3, 3, True)))))
    assert made.decode("utf-8-sig") == (
        "# observed by Kim\r\nstop;Start;behaviour;weather;start;subject;kind\r\n\r\n"
        "2,5;1,5;grooming;sun; wind;x;a;span\r\n# end\r\n3;3;peck;;;;moment\r\n".replace(
            "sun; wind", '"sun; wind"'))
    again = parse_events(made).annotation.objects
    assert subject_of(again[0]) == "a" and span_of(again[1]).moment


def test_nothing_that_is_written_is_taken_for_something_else() -> None:
    table = parse_events(b"class,start,stop\nrest,1,2,cells,more\nfight,5,6\n")
    rest, fight = table.annotation.objects
    made = table.render(Annotation((rest, replace(fight, label="#2", attributes={"subject": "a"}))))
    assert made.decode() == ("class,start,stop,,,subject,kind\nrest,1,2,cells,more\n"
                             '"#2",5,6,,,a,span\n')
    again = parse_events(made).annotation.objects
    assert [(item.label, subject_of(item)) for item in again] == [("rest", ""), ("#2", "a")]


@pytest.mark.parametrize(("text", "line"), [
    ("", None), ("a,b\n1,2\n", 1), ("start,class\n1,a\nsoon,b\n", 3),
    ("start,stop,class\n2,1,a\n", 2), ('start,class\n1,"a\n', 2), ("start,class\n1,\n", 2),
    ("start,class,kind\n1,a,odd\n", 2), ("start,stop,class\n1,never,a\n", 2),
    ("start,class\nnan,a\n", 2), ("start,class\n-1,a\n", 2)])
def test_a_damaged_file_is_refused_with_its_line(text: str, line: int | None) -> None:
    with pytest.raises(FormatError) as told:
        parse_events(text.encode())
    assert told.value.line == line
