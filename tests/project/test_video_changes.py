"""What other programs do to the videos of an open project."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.helpers import Owner
from tests.support.tiny_video import write_video
from workbench.core.annotation import LabeledObject
from workbench.core.shapes import Box
from workbench.core.tracks import Track, TrackKey, track_of
from workbench.formats.cvat_video import parse
from workbench.project.library.videos import VideoLibrary, tracks_path
from workbench.project.session import Session

KEY = "clip.mp4"


def track(label: str, id: int = 1) -> LabeledObject:
    return LabeledObject(label, Track(id, (TrackKey(0, Box(10.0, 10.0, 30.0, 30.0)),)))


class Watched:
    def __init__(self, folder: Path) -> None:
        self.owner = Owner()
        self.session = Session.open(folder, post=self.owner.post)
        self.videos: VideoLibrary = self.session.videos
        self.owner.until(lambda: not self.videos.scanning)

    def edit(self, *tracks: LabeledObject) -> None:
        self.videos.edit(KEY, tracks, "edit")
        self.owner.settled(self.session)

    def look(self) -> None:
        """Look at the whole folder again."""
        self.videos.refresh()
        self.owner.until(lambda: not self.videos.scanning)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    write_video(tmp_path / KEY)
    made = Watched(tmp_path)
    yield made
    made.session.close(5)


def test_tracks_of_a_video_that_was_renamed_meanwhile_are_saved(watched: Watched) -> None:
    watched.edit(track("car"))
    video = watched.session.folder / KEY
    video.rename(video.with_name("other.mp4"))
    watched.edit(track("car"), track("van", 2))
    assert watched.session.saver.state == "saved" and not watched.session.problems
    labels = [item.label for item in parse(tracks_path(video).read_bytes()).annotation.objects]
    assert labels == ["car", "van"]


def test_without_the_video_new_tracks_wait_until_it_is_back(watched: Watched) -> None:
    video = watched.session.folder / KEY
    watched.videos.document(KEY)
    video.rename(video.with_name("other.mp4"))
    watched.edit(track("car"))
    (problem,) = watched.session.problems
    assert "clip.mp4: the file is not there" in problem.reason
    video.with_name("other.mp4").rename(video)
    watched.session.saver.retry()
    watched.owner.settled(watched.session)
    assert not watched.session.problems and tracks_path(video).exists()


def test_a_file_of_tracks_is_a_problem_as_long_as_it_cannot_be_read(watched: Watched) -> None:
    watched.edit(track("car"))
    session, file = watched.session, tracks_path(watched.session.folder / KEY)
    whole = file.read_text("utf-8")
    for look in (watched.videos.look_again, watched.look):
        file.write_text(whole[:200], "utf-8")
        look()
        assert [problem.kind for problem in session.problems] == ["unreadable-tracks"]
        file.write_text(whole, "utf-8")
        look()
        watched.owner.settled(session)
        assert not session.problems and watched.videos.summary(KEY).problem is None


def test_videos_that_come_go_or_are_replaced_are_noticed(watched: Watched) -> None:
    videos, folder = watched.videos, watched.session.folder
    replaced: list[str] = []
    looks: list[bool] = []
    videos.replaced.connect(replaced.append)
    videos.finished.connect(lambda: looks.append(True))
    write_video(folder / "new.mp4", 10)
    videos.look_again()
    watched.owner.until(lambda: list(videos) == [KEY, "new.mp4"])
    watched.owner.until(lambda: len(looks) == 1)
    write_video(folder / KEY, 12)
    videos.look_again()
    watched.owner.until(lambda: replaced == [KEY])
    (folder / "new.mp4").unlink()
    videos.look_again()
    watched.owner.until(lambda: list(videos) == [KEY])
    watched.owner.until(lambda: len(looks) == 2)
    assert replaced == [KEY]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_that_leads_nowhere_is_no_change(watched: Watched) -> None:
    videos, folder = watched.videos, watched.session.folder
    replaced: list[str] = []
    videos.replaced.connect(replaced.append)
    (folder / "gone.mp4").symlink_to("nowhere.mp4")
    write_video(folder / KEY, 12)
    videos.look_again()
    watched.owner.until(lambda: replaced == [KEY])
    assert not videos.scanning


def test_tracks_that_two_people_draw_at_the_same_time_are_joined(watched: Watched) -> None:
    watched.edit(track("car"), track("van", 2))
    file = tracks_path(watched.session.folder / KEY)
    before = file.read_bytes()
    watched.edit(track("car"), track("van", 2), track("ours", 3))
    ours = file.read_bytes()
    watched.session.undo.undo()
    watched.owner.settled(watched.session)
    watched.edit(track("van", 2), track("theirs", 3))  # as the other one has it
    theirs = file.read_bytes()
    watched.session.undo.undo()
    watched.owner.settled(watched.session)
    assert file.read_bytes() == before != ours
    file.write_bytes(theirs)
    watched.edit(track("car"), track("van", 2), track("ours", 3))
    assert watched.session.saver.state == "failed" and watched.session.may_keep_both(KEY)
    watched.session.keep_both(KEY)
    watched.owner.settled(watched.session)
    found = parse(file.read_bytes()).annotation.objects
    assert [item.label for item in found] == ["van", "theirs", "ours"]
    assert len({track_of(item).id for item in found}) == 3
    watched.session.undo.undo()
    watched.owner.settled(watched.session)
    assert parse(file.read_bytes()).annotation.objects == parse(ours).annotation.objects
