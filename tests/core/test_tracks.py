"""Tracks through a video: what lies between key frames, and what an edit makes of them."""

from __future__ import annotations

from typing import TypeVar

from workbench.core.annotation import LabeledObject
from workbench.core.shapes import Box
from workbench.core.tracks import (
    Track,
    TrackKey,
    changed_frame,
    objects_at,
    track_of,
    with_objects_at,
)

T = TypeVar("T")
A, B = Box(0, 0, 10, 10), Box(50, 100, 70, 110)


def _there(found: T | None) -> T:
    assert found is not None
    return found


def _track() -> Track:
    return Track(3, (TrackKey(10, A), TrackKey(20, B), TrackKey(30, B, outside=True)))


def test_between_two_key_frames_a_box_goes_in_a_straight_line() -> None:
    track = _track()
    assert track.at(9) is None
    assert [_there(track.at(frame)).box for frame in (10, 15, 20, 29)] == [
        A, Box(25, 50, 40, 60), B, B]
    assert track.at(30) is None
    assert track.spans(99) == [(10, 29)]
    assert Track(1, (TrackKey(4, A),)).spans(99) == [(4, 99)]
    assert track.next_key(15, 1) == 20 and track.next_key(15, -1) == 10
    assert track.next_key(30, 1) is None


def test_a_track_is_ended_held_split_and_joined() -> None:
    track = Track(3, (TrackKey(10, A), TrackKey(20, B)))
    ended = track.ended(15)
    assert ended is not None
    assert ended.at(15) is None and ended.at(20) is not None  # a key frame after it stays
    assert _there(track.ended(10)).keys == (
        TrackKey(10, A, outside=True), TrackKey(20, B))
    held = track.held(15, 40)
    assert _there(held.at(15)).box == _there(held.at(40)).box == Box(25, 50, 40, 60)
    parts = track.split(15, 4)
    assert parts is not None
    first, second = parts
    assert first.spans(99) == [(10, 14)] and second.spans(99) == [(15, 99)]
    assert second.id == 4
    whole = _there(first.joined(second))
    assert [whole.at(frame) for frame in range(25)] == [
        track.at(frame) for frame in range(25)]
    assert track.joined(Track(5, (TrackKey(12, B),))) is None  # both are seen at 20
    assert track.split(10, 4) is None
    assert _there(track.without_key(20)).keys == (TrackKey(10, A),)
    assert Track(1, (TrackKey(1, A),)).without_key(1) is None


def test_where_a_change_is_to_be_seen() -> None:
    track = Track(1, (TrackKey(10, A), TrackKey(20, B)))
    before, moved = (LabeledObject("car", one) for one in (
        track, track.with_key(TrackKey(20, A))))
    assert changed_frame((before,), (moved,), 15) is None  # it moved here, too
    assert changed_frame((before,), (moved,), 5) == 20
    assert changed_frame((before,), (), 5) == 10  # before its first frame
    assert changed_frame((before,), (), 99) is None  # it was here until now
    assert changed_frame((before,), (before,), 5) is None


def test_an_edit_of_one_frame_is_one_of_the_tracks() -> None:
    car = LabeledObject("car", Track(1, (TrackKey(0, A), TrackKey(10, B))), {"colour": "red"})
    gone = LabeledObject("cat", Track(2, (TrackKey(0, A), TrackKey(3, A, outside=True))))
    tracks = (car, gone)
    seen = objects_at(tracks, 5)
    assert [(item.label, item.source, dict(item.attributes)) for item in seen] == [
        ("car", 0, {"colour": "red", "track": 1.0})]

    moved = seen[0].with_box((1, 2, 3, 4)).with_attribute("occluded", True).with_label("bus")
    fresh = LabeledObject("dog", Box(5, 5, 9, 9))
    after = with_objects_at(tracks, 5, seen, (moved, fresh))
    assert [(item.label, track_of(item).id) for item in after] == [
        ("bus", 1), ("cat", 2), ("dog", 3)]
    bus = track_of(after[0])
    assert bus.key(5) == TrackKey(5, Box(1, 2, 3, 4), attributes={"occluded": True})
    assert after[0].attributes == {"colour": "red"}
    assert _there(bus.at(10)).attributes == {}
    assert after[1] is gone
    assert track_of(after[2]).keys == (TrackKey(5, Box(5, 5, 9, 9)),)

    assert with_objects_at(tracks, 5, seen, ()) == (gone,)
    assert with_objects_at(tracks, 5, seen, seen) == tracks
