"""Suggested tracks are kept as a person left them, however soon a model is asked again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.project.helpers import Owner
from workbench.core.annotation import LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Box
from workbench.core.tracks import Track, TrackKey, track_of
from workbench.project import suggested_tracks
from workbench.project.session import Session
from workbench.project.suggested_tracks import (
    SuggestedTracks,
    SuggestedTracksStep,
    suggested_tracks_of,
)
from workbench.project.suggestion import MADE_BY, SCORE


def track(number: int, left: float, run: str = "run") -> LabeledObject:
    keys = (TrackKey(0, Box(left, 5.0, left + 10.0, 15.0)),)
    return LabeledObject("cat", Track(number, keys), {MADE_BY: run, SCORE: 0.9})


def said(items: Iterable[LabeledObject]) -> set[tuple[float, str]]:
    return {(track_of(item).keys[0].box.xmin, str(item.attributes[MADE_BY])) for item in items}


def test_what_was_rejected_is_known_also_before_the_file_is_read(tmp_path: Path) -> None:
    wrong, right = track(1, 20.0), track(2, 60.0)
    first = SuggestedTracks(tmp_path, lambda act: None)
    first.put("a.mp4", [wrong, right])
    SuggestedTracksStep(first, "a.mp4", [wrong], "reject", rejects=True).do()
    first.put("b.mp4", [right])
    first.flush()
    posted: list[Callable[[], None]] = []
    second = SuggestedTracks(tmp_path, posted.append)
    second.suggest("a.mp4", [wrong, right, track(3, 20.0, "another run")])
    second.flush()
    third = SuggestedTracks(tmp_path, lambda act: None)
    third.put("c.mp4", [right])
    third.flush()
    for act in posted:  # what comes late changes nothing
        act()
    for store in (second, third):
        assert said(store.of("a.mp4")) == {(60.0, "run"), (20.0, "another run")}
        assert said(store.of("b.mp4")) == {(60.0, "run")}
        assert said(store.rejected("a.mp4")) == {(20.0, "run")}


def two_windows(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> tuple[list[Session], list[SuggestedTracks]]:
    """Two sessions of one project with the class "cat", and their suggestions, which are read."""
    (folder / "workbench.toml").write_text('classes = ["cat"]\n', "utf-8")
    sessions = [open_session(folder), open_session(folder)]
    for session in sessions:
        owner.ready(session)
    stores = [suggested_tracks_of(session) for session in sessions]
    for store in stores:
        store.require_read()
    owner.drain()
    return sessions, stores


def test_what_another_window_suggests_or_renames_is_so_here(
        tmp_path: Path, owner: Owner, open_session: Callable[[Path], Session]) -> None:
    (one, two), (here, there) = two_windows(tmp_path, owner, open_session)
    there.put("b.mp4", [track(2, 60.0)])
    there.flush()
    here.put("a.mp4", [track(1, 20.0)])
    here.flush()
    two.index.refresh()  # somebody comes back to the window
    owner.until(lambda: [item.label for item in there.of("a.mp4")] == ["cat"])
    one.rename_class("cat", "feline")
    owner.settled(one)
    here.flush()
    two.index.refresh()
    owner.until(lambda: [item.label for item in there.of("a.mp4")] == ["feline"])
    assert said(there.of("b.mp4")) == {(60.0, "run")}


def test_a_class_that_another_window_renamed_is_so_where_this_one_judged(
        tmp_path: Path, owner: Owner, open_session: Callable[[Path], Session]) -> None:
    (one, two), (here, there) = two_windows(tmp_path, owner, open_session)
    here.put("a.mp4", [track(1, 20.0), track(2, 60.0)])
    here.put("b.mp4", [track(1, 20.0)])
    here.flush()
    there.look_again()
    owner.until(lambda: bool(there.of("a.mp4")) and bool(there.of("b.mp4")))
    wrong = there.of("a.mp4")[0]
    SuggestedTracksStep(there, "a.mp4", [wrong], "reject", rejects=True).do()
    there.put("b.mp4", there.of("b.mp4"))
    there.flush()
    one.rename_class("cat", "feline")
    owner.settled(one)
    here.flush()
    two.index.refresh()  # somebody comes back to the window
    owner.until(lambda: [item.label for item in there.of("a.mp4")] == ["feline"])
    assert [item.label for item in there.of("b.mp4")] == ["feline"]
    one.rename_class("feline", "lynx")
    owner.settled(one)
    here.flush()
    there.put("c.mp4", [track(1, 20.0)])  # it is written here before it is looked again
    owner.until(lambda: [item.label for item in there.of("a.mp4")] == ["lynx"])
    there.flush()
    owner.until(lambda: [item.label for item in there.of("b.mp4")] == ["lynx"])
    again = SuggestedTracks(tmp_path, owner.post)
    again.require_read()
    assert {item.label for key in ("a.mp4", "b.mp4") for item in again.of(key)} == {"lynx"}


def test_a_class_is_renamed_where_nobody_has_looked_at_the_videos_yet(
    tmp_path: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    (tmp_path / "workbench.toml").write_text('classes = ["cat"]\n', "utf-8")
    store = SuggestedTracks(tmp_path, owner.post)
    store.put("a.mp4", [track(1, 20.0)])
    store.flush()
    session = open_session(tmp_path)
    owner.until(lambda: not session.index.scanning)
    session.rename_class("cat", "lynx")
    assert [item.label for item in suggested_tracks_of(session).of("a.mp4")] == ["lynx"]
    suggested_tracks_of(session).flush()
    again = SuggestedTracks(tmp_path, owner.post)
    owner.until(lambda: bool(again.of("a.mp4")))
    assert [item.label for item in again.of("a.mp4")] == ["lynx"]
    session.undo.undo()
    assert [item.label for item in suggested_tracks_of(session).of("a.mp4")] == ["cat"]
    suggested_tracks_of(session).flush()


def test_what_is_suggested_while_writing_fails_is_written_after_that(
        tmp_path: Path, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, real = threading.Event(), suggested_tracks._write
    written, failures, told = list[bool](), list[str](), list[str]()

    def write(*given: Any) -> None:
        if not written:
            assert go_on.wait(60)
            written.append(False)
            raise WorkbenchError("the disk is full")
        real(*given)
        written.append(True)

    monkeypatch.setattr(suggested_tracks, "_write", write)
    store = SuggestedTracks(tmp_path, owner.post)
    store.changed.connect(told.append)
    store.failed.connect(failures.append)
    owner.until(lambda: "" in told)  # the file was read
    store.put("a.mp4", [track(1, 20.0)])
    store.put("b.mp4", [track(2, 60.0)])
    go_on.set()
    owner.until(lambda: True in written)
    assert len(failures) == 1 and "the disk is full" in failures[0]
    again = SuggestedTracks(tmp_path, owner.post)
    again.require_read()
    assert said(again.of("a.mp4")) and said(again.of("b.mp4"))
