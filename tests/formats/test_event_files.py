"""Events of other programs: what is written is read again, and files as they write are read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.core.errors import FormatError
from workbench.core.events import Span, comment_of, event, in_time, span_of, subject_of, with_frames
from workbench.formats.event_files import EVENT_FORMATS, EventFormat, ObservedVideo, read_events

EVENTS = (event("grooming", Span(1, 2.5, False, 25, 62), "mouse 2", "left <paw>"),
          event("grooming", Span(2, 4, False, 50, 100), "mouse 1"),
          event("peck", Span(3, 3, True, 75, 75)), event("rest", Span(4, None, False, 100)))
FILM = ObservedVideo("clip.mp4", EVENTS, 10.0, 25.0)


@pytest.mark.parametrize("format", EVENT_FORMATS, ids=lambda format: format.id)
def test_what_is_written_is_read_again(format: EventFormat, tmp_path: Path) -> None:
    read = read_events(format.write(FILM, tmp_path / "new"), "clip.mp4", 10.0)
    times = [index / 25 for index in range(251)]
    expected = [replace(item, shape=span_of(item).ended(10.0, 250)) if span_of(item).runs
                and format.id != "csv" else item for item in EVENTS]
    if format.loses_comment:
        expected = [event(item.label, span_of(item), subject_of(item)) for item in expected]
    if format.loses_subject:
        expected = [event(item.label, span_of(item)) for item in expected]
    assert in_time(with_frames(read.events, times)) == in_time(expected)
    assert read.classes.moments == {"peck"}
    assert bool(format.lost(EVENTS)) == (format.loses_comment or format.loses_subject)
    with pytest.raises(Exception, match="already"):
        format.write(FILM, tmp_path / "new")


def test_a_project_of_boris(tmp_path: Path) -> None:
    def observed(name: str, *events: object) -> dict[str, object]:
        return {"file": {"1": [f"C:\\films\\{name}"], "2": []}, "events": list(events)}

    project = {"behaviors_conf": {"0": {"code": "rest", "type": "State event"},
                                  "1": {"code": "peck", "type": "Point event with coding map"}},
               "observations": {
                   "one": observed("clip.mp4", [1.5, "hen", "rest", "", "dusty", 37],
                                   [2.0, "hen", "peck", "hard|soft", ""],
                                   [3.5, "hen", "rest", "", ""], [4, "", "rest", "", ""]),
                   "two": observed("other.mp4", [100, "", "peck", "", ""])}}
    path = tmp_path / "hens.boris"
    path.write_text(json.dumps(project))
    read = read_events(path, "clip.mp4", 10.0)
    assert [(item.label, span_of(item).start, span_of(item).stop, subject_of(item),
             comment_of(item)) for item in read.events] == [
        ("rest", 1.5, 3.5, "hen", "dusty"), ("peck", 2, 2, "hen", "hard|soft"),
        ("rest", 4, None, "", "")]
    assert (read.classes.names, read.classes.moments) == (("rest", "peck"), {"peck"})
    with pytest.raises(FormatError, match=r"none of them is of third.mp4"):
        read_events(path, "third.mp4", 10.0)


def test_a_table_of_an_older_boris(tmp_path: Path) -> None:
    path = tmp_path / "old.tsv"
    path.write_text("Observation id\thens\n\nMedia file(s)\n\n"
                    "Time\tMedia file path\tTotal length\tFPS\tSubject\tBehavior\t"
                    "Behavioral category\tComment\tStatus\n"
                    "1.5\t/films/clip.mp4\t10\t25\tNo focal subject\trest\t\t\tSTART\n"
                    "2.5\t/films/clip.mp4\t10\t25\tNo focal subject\trest\t\twoke up\tSTOP\n"
                    "3\t/films/clip.mp4\t10\t25\tNo focal subject\trest\t\t\tSTOP\n")
    read = read_events(path, "clip.mp4", 10.0)
    assert read.events == (event("rest", Span(1.5, 2.5), "", "woke up"),)
    assert read.notes == ["1 event left out: they end and never begin."]


@pytest.mark.parametrize(("name", "text", "words"), [
    ("a.csv", "a,b\n1,2\n", "no column"), ("a.boris", "{}", "no observations"),
    ("a.boris", '{"observations": {"a": {"events": [["x"]]}}}', "is none"),
    ("a.eaf", "<annotations/>", "no file of ELAN"), ("a.eaf", "<a", "cut off"),
    ("a.csv", "Behavior,Time,Status\nrest,soon,START\n", "no number"),
    ("a.csv", "Behavior,Time,Status\nrest,1,odd\n", "neither START"),
    ("a.csv", "start,stop,class\n99,100,rest\n", "the video ends at 10 s"),
    ("a.csv", "start,stop,class\n", "no events")])
def test_what_is_no_such_file_is_refused(name: str, text: str, words: str,
                                         tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(FormatError, match=words):
        read_events(path, "clip.mp4", 10.0)
