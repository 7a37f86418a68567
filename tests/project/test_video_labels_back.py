"""Tracks and events of videos that come back in a ZIP file are taken where there are none."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.project.helpers import Owner
from tests.support.tiny_video import write_video
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.events import Span, event
from workbench.core.shapes import Box
from workbench.core.tracks import Track, TrackKey
from workbench.formats.event_table import new_table
from workbench.project.handover.opening import look_inside
from workbench.project.handover.packing import plan_handover, write_handover
from workbench.project.handover.video_labels import read_video_labels, take_video_labels
from workbench.project.library.events import events_path, read_events_beside
from workbench.project.manifest import Manifest
from workbench.project.session import Session
from workbench.project.video_check import read_tracks_beside

THEIRS = Annotation((event("peck", Span(0.2, 0.2, True, 5, 5), "a", "from Kim"),))
HEN = LabeledObject("hen", Track(1, (TrackKey(0, Box(1, 2, 20, 30)),)))


def project(folder: Path, *names: str) -> Path:
    for name in names:
        write_video(folder / name, 8)
    Manifest("hens").save(folder)
    return folder


def packed(folder: Path) -> Path:
    out = folder.with_suffix(".zip")
    write_handover(plan_handover(folder), out, [])
    return out


def test_they_are_taken_as_one_step_and_yours_stay(tmp_path: Path) -> None:
    for side in ("ours", "theirs"):
        (tmp_path / side).mkdir()
    ours = project(tmp_path / "ours", "a.mp4", "b.mp4")
    theirs = project(tmp_path / "theirs", "a.mp4", "b.mp4", "c.mp4")
    owner = Owner()
    other = Session.open(theirs, post=owner.post)
    other.videos.edit("a.mp4", (HEN,), "draw")
    owner.settled(other)
    other.close(5)
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        events_path(theirs / name).write_bytes(new_table(THEIRS))
    mine = "start,class\n0,rest\n"
    events_path(ours / "b.mp4").write_text(mine)
    archive = packed(theirs)
    inside = look_inside(archive)
    assert inside is not None and (inside.videos, inside.video_labels) == (3, 4)

    session = Session.open(ours, post=owner.post)
    taken = take_video_labels(session, read_video_labels(archive))
    owner.settled(session)
    assert (taken.tracks, taken.events) == (1, 1)
    assert (taken.both, taken.missing) == (["b.mp4.events.csv"], ["c.mp4"])
    assert "1 track and 1 event taken." in taken.words()
    assert [item.attributes for item in read_events_beside(ours / "a.mp4")] == [
        {"subject": "a", "comment": "from Kim"}]
    assert read_tracks_beside(ours / "a.mp4")[0][0].shape == HEN.shape
    assert events_path(ours / "b.mp4").read_text() == mine
    assert session.events.classes.moments == {"peck"} and list(session.classes) == ["hen"]
    assert take_video_labels(session, read_video_labels(archive)).tracks == 0, "it is there"
    session.undo.undo()
    owner.settled(session)
    assert read_events_beside(ours / "a.mp4") == () and read_tracks_beside(ours / "a.mp4")[0] == ()
    assert session.events.classes.names == () and list(session.classes) == []
    session.close(5)


def test_what_is_damaged_or_lies_elsewhere_is_not_taken(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.mp4.events.csv", "start,class\nsoon,rest\n")
        archive.writestr("../b.mp4.events.csv", "start,class\n0,rest\n")
        archive.writestr("workbench.toml", 'name = "x"\n')
    found = read_video_labels(tmp_path / "x.zip")
    assert not found.events and "line 2" in found.problems[0]
    (tmp_path / "y.zip").write_bytes((tmp_path / "x.zip").read_bytes()[:60])
    with pytest.raises(WorkbenchError, match="cannot be unpacked"):
        read_video_labels(tmp_path / "y.zip")
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.mp4.events.csv", "start,class\n" + "0,rest\n" * 50)
    data = bytearray((tmp_path / "z.zip").read_bytes())
    data[48:60] = b"\xff" * 12  # in what is packed, where zlib notices it
    (tmp_path / "z.zip").write_bytes(data)
    with pytest.raises(WorkbenchError, match="cannot be unpacked"):
        read_video_labels(tmp_path / "z.zip")
