"""What doctor finds in videos and their tracks, what mends it, and how they are counted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.project.helpers import Owner, labelled
from tests.support.tiny_video import SIZE, index_first, promise_frames, write_as, write_video
from workbench.cli import main
from workbench.core.errors import Problem
from workbench.core.shapes import Box
from workbench.core.tracks import TrackKey, track_of
from workbench.project.doctor import doctor
from workbench.project.edits.journal import BOTH, Journal, has_unfinished
from workbench.project.library.videos import tracks_path
from workbench.project.mending import MENDINGS, TITLES, mend
from workbench.project.session import Session
from workbench.project.video_check import cut_to_end, read_tracks_beside


def track(id: int, label: str, *boxes: str) -> str:
    return f'<track id="{id}" label="{label}">{"".join(boxes)}</track>'


def at(frame: int, *edges: int, outside: int = 0) -> str:
    edge = dict(zip(("xtl", "ytl", "xbr", "ybr"), edges, strict=True))
    said = " ".join(f'{name}="{value}"' for name, value in edge.items())
    return f'<box frame="{frame}" outside="{outside}" {said}/>'


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Four videos of 10 frames at 25 a second: good, damaged, and two with doubtful tracks."""
    whole = write_video(tmp_path / "good.mp4", 10).read_bytes()
    for name, data in (("broken", b"no video"), ("cut", index_first(whole)[:-300]), ("odd", whole)):
        (tmp_path / f"{name}.mp4").write_bytes(data)
    tracks = {
        "good": track(1, "cat", at(0, 1, 2, 9, 9), at(5, 1, 2, 9, 9, outside=1)),
        "odd": track(1, "cat", at(0, 1, 2, 9, 9), at(12, 1, 2, 9, 9)) + track(
            2, "dog", at(0, -20, 2, 9, 9), at(3, 10, 2, 20, 9), at(5, -9, 2, 0, 9)),
        "gone": ""}
    for name, text in tracks.items():
        (tmp_path / f"{name}.mp4.tracks.xml").write_text(f"<annotations>{text}</annotations>")
    (tmp_path / "cut.mp4.tracks.xml").write_text("<annotations><track")
    return tmp_path


def found(folder: Path) -> dict[str, list[Problem]]:
    result: dict[str, list[Problem]] = {}
    for problem in doctor(folder):
        result.setdefault(problem.kind, []).append(problem)
    return result


def test_the_doctor_looks_at_videos_and_what_it_finds_is_mended(
        films: Path, owner: Owner, open_session: Callable[[Path], Session]) -> None:
    before = {path: path.read_bytes() for path in films.iterdir()}
    problems = found(films)
    assert {kind: [Path(item.path).name for item in some] for kind, some in problems.items()} == {
        "unreadable-video": ["broken.mp4"], "truncated-video": ["cut.mp4"],
        "unreadable-tracks": ["cut.mp4.tracks.xml"],
        "tracks-beyond-end": ["odd.mp4.tracks.xml"], "tracks-outside": ["odd.mp4.tracks.xml"],
        "tracks-without-video": ["gone.mp4.tracks.xml"]}
    assert {path: path.read_bytes() for path in films.iterdir()} == before, "nothing is changed"
    assert problems["tracks-beyond-end"][0].reason == (
        "cat 1 has boxes up to frame 12, but the video ends with frame 9.")
    assert problems["tracks-outside"][0].reason == (
        f"dog 2 reaches outside the picture of {SIZE[0]} × {SIZE[1]} px on 2 key frames, "
        "first on frame 0.")
    assert set(problems) <= set(TITLES)

    session = open_session(films)
    videos = session.videos
    owner.until(lambda: not videos.scanning)
    told: list[str] = []
    mendable = [kind for kind in problems if kind in MENDINGS]
    for kind in mendable:
        mend(session, problems[kind], lambda some, mended: told.append(some[0].kind))
        owner.until(lambda: not videos.scanning)
    assert told == mendable and session.saver.flush(60)
    assert set(found(films)) == {"truncated-video"}
    owner.until(lambda: videos.summary("cut.mp4").problem is None)
    assert [key.frame for key in track_of(videos.document("odd.mp4").annotation.objects[0]).keys
            ] == [0, 9]
    text = (films / "odd.mp4.tracks.xml").read_text()
    assert 'xtl="0.0"' in text.replace('xtl="0"', 'xtl="0.0"') and 'xtl="-20' not in text
    for _ in mendable:
        session.undo.undo()
        owner.until(lambda: not videos.scanning)
    assert session.saver.flush(60)
    assert {path: path.read_bytes() for path in before} == before


def test_tracks_beyond_the_end_are_found_and_cut_whatever_the_file_says_of_its_frames(
        tmp_path: Path) -> None:
    video = write_as(tmp_path / "a.avi", "MJPG", 10)
    promise_frames(video, 3000)
    tracks_path(video).write_text("<annotations>" + track(
        1, "cat", at(0, 0, 0, 8, 8), at(18, 18, 0, 26, 8)) + track(
        2, "dog", at(10, 1, 2, 9, 9)) + track(
        3, "cat", at(2, 1, 2, 9, 9), at(9, 1, 2, 9, 9), at(11, 1, 2, 9, 9, outside=1))
        + "</annotations>")
    late = found(tmp_path)["tracks-beyond-end"]
    assert [(item.names, item.frames) for item in late] == [(("cat 1",), 10), (("dog 2",), 10)]
    tracks, _ = read_tracks_beside(video)
    first, third = cut_to_end(10, tracks)
    assert track_of(first).keys == (track_of(tracks[0]).keys[0], TrackKey(9, Box(9, 0, 17, 8)))
    assert [key.frame for key in track_of(third).keys] == [2, 9]


def test_videos_and_their_tracks_are_counted(
        films: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):  # then from what was remembered
        assert main(["stats", str(films), "--json"]) == 0
        told = json.loads(capsys.readouterr().out)["videos"]
        assert (told["samples"], told["labelled"], told["objects"]) == (4, 2, 3)
        assert told["figures"]["classes"]["counts"] == {"cat": 2, "dog": 1}
        assert told["figures"]["durations"]["counts"] == {"0.2–0.5 s": 3}
    assert main(["stats", str(films), "--class", "dog"]) == 0
    assert capsys.readouterr().out.startswith("4 videos (30 frames, 0:01.20), 3 tracks of 2")


def test_a_class_is_renamed_merged_and_removed_in_tracks_also_after_a_kill(
        films: Path, owner: Owner, open_session: Callable[[Path], Session]) -> None:
    def labels() -> list[str]:
        return re.findall(r'label="(\w+)"', (films / "good.mp4.tracks.xml").read_text()
                          + (films / "odd.mp4.tracks.xml").read_text())

    labelled(films, "photo.png", ["cat"])
    journal = Journal(films)
    journal.begin("cat", "lynx", None, BOTH)  # and the program was killed
    journal.close()
    session = open_session(films)
    owner.until(lambda: not has_unfinished(films) and labels() == ["lynx", "lynx", "dog"])
    assert not session.videos.scanning and "cat" not in session.classes
    session.rename_class("lynx", "dog")
    owner.until(lambda: labels() == ["dog"] * 3)
    session.remove_class("dog")
    owner.until(lambda: labels() == [])
    session.undo.undo()
    session.undo.undo()
    owner.until(lambda: labels() == ["lynx", "lynx", "dog"])
