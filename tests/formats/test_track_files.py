"""Tracks of a video in other programs' formats: what is written is read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.core.annotation import LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Bounds, Box
from workbench.core.tracks import Track, TrackKey, objects_at, track_of
from workbench.formats.cvat_video import VideoFacts
from workbench.formats.track_files import TRACK_FORMATS, TrackedVideo, read_tracks

WRITE = {kind.id: kind.write for kind in TRACK_FORMATS}
TRACKS = (
    LabeledObject("car", Track(4, (TrackKey(0, Box(0, 0, 10, 10)),
                                   TrackKey(20, Box(30, 10, 50, 30)),
                                   TrackKey(30, Box(30, 10, 50, 30), outside=True),
                                   TrackKey(40, Box(5, 5, 9, 9))))),
    LabeledObject("dog", Track(7, (TrackKey(10, Box(60.5, 20, 70, 40)),
                                   TrackKey(15, Box(60.5, 20, 70, 40), outside=True))),
                  {"difficult": True}),
)
FILM = TrackedVideo(TRACKS, VideoFacts("garden.mp4", 60, (100, 50)), 25.0, ("cat", "car", "dog"))


@pytest.mark.parametrize(("format", "file"), [("cvat", ""), ("mot", "gt/gt.txt")])
def test_what_was_written_is_read_back_with_the_same_key_frames(
        tmp_path: Path, format: str, file: str) -> None:
    made = WRITE[format](FILM, tmp_path)
    found = read_tracks(made / file if file else made, FILM.facts).tracks
    assert [(item.label, track_of(item).id, item.difficult) for item in found] == [
        ("car", 4, False), ("dog", 7, True)]
    for frame in range(60):
        assert [edge for item in objects_at(found, frame) for edge in item.box] == pytest.approx(
            [edge for item in objects_at(TRACKS, frame) for edge in item.box], abs=1e-3)
    assert [key.frame for item in found for key in track_of(item).keys if not key.outside] == \
        [0, 20, *([29] if format == "mot" else []), 40, *([59] if format == "mot" else []), 10,
         *([14] if format == "mot" else [])]
    with pytest.raises(WorkbenchError, match="of this name already"):
        WRITE[format](FILM, tmp_path)
    with pytest.raises(WorkbenchError, match="the video has 30 frames"):
        read_tracks(made / file if file else made, FILM.facts._replace(frames=30))


def test_yolo_has_a_file_for_each_frame_with_a_box(tmp_path: Path) -> None:
    made = WRITE["yolo"](FILM, tmp_path)
    assert (made / "classes.txt").read_text() == "cat\ncar\ndog\n"
    assert (made / "labels" / "garden_1.txt").read_text() == (
        "1 0.050000 0.100000 0.100000 0.200000\n")
    assert not (made / "labels" / "garden_36.txt").exists()
    assert len((made / "labels" / "garden_11.txt").read_text().splitlines()) == 2


def test_what_is_said_of_tracks_and_has_no_place_is_told() -> None:
    tracks = [replace(item, attributes={"occluded": True, "difficult": True, "colour": "red"})
              for item in TRACKS]
    lost = {kind.id: kind.lost(tracks) for kind in TRACK_FORMATS}
    assert lost["cvat"] == []
    assert lost["mot"] == ["“colour” of 2 tracks has no place in MOT challenge."]
    assert sorted(lost["yolo"]) == [
        f"“{name}” of 2 tracks has no place in YOLO, a file for each frame."
        for name in ("colour", "difficult", "occluded")]


def _boxes(tracks: Sequence[LabeledObject], frame: int) -> list[tuple[str, Bounds]]:
    return sorted((item.label, tuple(round(edge, 2) for edge in item.box))
                  for item in objects_at(tracks, frame))


def test_yolo_of_frames_becomes_tracks_by_where_the_boxes_are(tmp_path: Path) -> None:
    made = WRITE["yolo"](FILM, tmp_path)
    (made / "labels" / "street_7.txt").write_text("0 0.5 0.5 0.1 0.1\n")  # of another video
    for path in (made, made / "labels" / "garden_12.txt", made / "classes.txt"):
        found = read_tracks(path, FILM.facts)
        assert found.first == 1 and found.notes[0] == "1 file of other videos left out."
        assert "joined by where they are" in found.notes[1]
        assert [(item.label, track_of(item).spans(59)) for item in found.tracks] == [
            ("car", [(0, 29)]), ("dog", [(10, 14)]), ("car", [(40, 59)])]
        for frame in range(60):
            assert _boxes(found.tracks, frame) == _boxes(TRACKS, frame)
    with pytest.raises(WorkbenchError, match="up to frame 59, but the video has 30 frames"):
        read_tracks(made, FILM.facts._replace(frames=30))


def test_yolo_of_every_tenth_frame_goes_in_straight_lines_between_them(tmp_path: Path) -> None:
    for frame in range(0, 50, 10):  # as trackers write it: a score, and the number of the track
        (tmp_path / f"garden.mp4-{frame:06d}.txt").write_text("".join(
            f"{number} {x} 0.5 0.1 0.2 0.9 {track}\n" for number, x, track in (
                (1, 0.2 + frame / 100, 8), (1, 0.8 - frame / 100, 3), (5, 0.5, 4))))
    (tmp_path / "data.yaml").write_text("names: {0: cat, 1: car}\n")
    found = read_tracks(tmp_path, FILM.facts)
    assert found.first == 0, "so this program names frames"
    assert [(item.label, track_of(item).spans(59)) for item in found.tracks] == [
        ("car", [(0, 49)]), ("car", [(0, 49)])]
    assert _boxes(found.tracks, 25) == [("car", (40, 20, 50, 30)), ("car", (50, 20, 60, 30))]
    assert found.notes == ["5 boxes of classes without a name left out.", "Scores are not kept.",
                           "Only every 10th frame has a file; boxes go in straight lines in "
                           "between."]
    later = read_tracks(tmp_path, FILM.facts, 1)  # a person says so; then there is no frame -1
    assert track_of(later.tracks[0]).first == 9


@pytest.mark.parametrize(("rows", "said"), [
    ("1,-1,1,1,5,5,0.9\n", "no track"), ("1,1,1,1,5,5,1,99\n", "no class 99"),
    ("1,1,1,1,0,5,1,1\n", "no area"), ("hello,you\n", "not a row of numbers"),
    ("1,nan,1,1,5,5,1,1\n", "not a row of numbers"), ("1,2.5,1,1,5,5,1,1\n", "no track"),
    ("", "no tracks of boxes")])
def test_rows_that_are_no_tracks_are_told(tmp_path: Path, rows: str, said: str) -> None:
    path = tmp_path / "gt.txt"
    path.write_text(rows)
    with pytest.raises(WorkbenchError, match=said):
        read_tracks(path, FILM.facts)


def test_boxes_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    path = tmp_path / "gt.txt"
    path.write_text("1,1,1,1,5,5,1,1,1\n1,1,9,9,5,5,1,1,1\n2,1,1,1,5,5,1,3,1\n")
    found = read_tracks(path, FILM.facts)
    assert [item.label for item in found.tracks] == ["car"]
    assert found.notes == ["1 box left out: the track has a later one on that frame.",
                           "1 track of several classes got that of the last box."]


@pytest.mark.parametrize("format", ["mot", "yolo"])
def test_a_track_without_a_class_is_not_saved_where_classes_are_numbers(tmp_path: Path,
                                                                        format: str) -> None:
    film = TrackedVideo((*TRACKS, LabeledObject("", TRACKS[0].shape)), FILM.facts, 25.0,
                        FILM.classes)
    with pytest.raises(WorkbenchError, match="1 track without a class"):
        WRITE[format](film, tmp_path)
    assert not list(tmp_path.iterdir())
