"""Frames for the canvas: exact where the rate varies, and quick when a long video comes again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.support.tiny_video import set_durations, write_video
from workbench.gui.label.videos import frame_source
from workbench.gui.label.videos.frame_source import FrameSource
from workbench.media.video import reader
from workbench.media.video.reader import VideoReader

COUNT = 40


@pytest.fixture
def source(qtbot: QtBot) -> Iterator[FrameSource]:
    made = FrameSource()
    yield made
    made.close()


def _is_there(source: FrameSource, frame: int) -> bool:
    return source.picture(frame) is not None


def number_on(source: FrameSource, frame: int) -> int:
    picture = source.picture(frame)
    assert picture is not None
    image = picture.levels[1]
    return sum((image.pixelColor(16 * bit + 8, 8).lightness() > 128) << bit for bit in range(8))


def test_frames_are_exact_where_the_rate_varies_and_remembered(
        source: FrameSource, qtbot: QtBot, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_source, "LONG", 10)
    monkeypatch.setattr(reader, "_LONG", 13)  # from here on by the file's packets

    def no_scan(*_: object) -> None:
        raise AssertionError("its frames are known without decoding all")

    scan = VideoReader.scan
    monkeypatch.setattr(VideoReader, "scan", no_scan)
    (tmp_path / "workbench.toml").touch()
    path = write_video(tmp_path / "clip.mp4", COUNT)
    set_durations(path, [768 if frame % 2 else 256 for frame in range(COUNT)])
    source.open(path, tmp_path)
    qtbot.waitUntil(lambda: source.complete and len(source.thumbs) == COUNT, timeout=30_000)
    times = list(source.times)
    steps = {round(b - a, 3) for a, b in pairwise(times)}
    assert len(times) == COUNT and len(steps) == 2
    assert source.at_time(times[7] + 0.001) == 7 and source.at_time(times[7] - 0.001) == 6
    for frame in (33, 5, 32, 0):
        assert source.show(frame) or source.picture(frame) is None
        qtbot.waitUntil(partial(_is_there, source, frame), timeout=30_000)
        assert number_on(source, frame) == frame

    frame_of = VideoReader.frame
    monkeypatch.setattr(VideoReader, "frame", no_scan)  # the time line's pictures are known, too
    source.open(path, tmp_path)
    qtbot.waitUntil(lambda: source.complete, timeout=30_000)
    assert source.times == times and len(source.thumbs) == COUNT
    monkeypatch.setattr(VideoReader, "scan", scan)
    monkeypatch.setattr(VideoReader, "frame", frame_of)
    write_video(path, 12)  # another one of this name
    source.open(path, tmp_path)
    qtbot.waitUntil(lambda: source.complete, timeout=30_000)
    assert len(source.times) == 12


def test_who_steps_back_finds_the_frames_before_decoded_and_few_are_kept(
        source: FrameSource, qtbot: QtBot, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    source.open(write_video(tmp_path / "clip.mp4", COUNT))
    qtbot.waitUntil(lambda: source.complete, timeout=30_000)
    for frame in (39, 38):
        source.show(frame)
        qtbot.waitUntil(partial(_is_there, source, frame), timeout=30_000)
    assert source.picture(27) is not None and source.picture(26) is None
    for frame in range(37, 28, -1):
        assert source.show(frame)
    qtbot.waitUntil(lambda: source.picture(26) is not None, timeout=30_000)  # nobody asked for it
    assert number_on(source, 26) == 26

    picture = source.picture(26)
    assert picture is not None
    monkeypatch.setattr(frame_source, "CACHE_BYTES", 5 * picture.bytes)
    told: list[int] = []
    source.ready.connect(told.append)
    for frame in (5, 4, 20, 19, 18, 3):
        if not source.show(frame):
            qtbot.waitUntil(lambda frame=frame: told[-1:] == [frame], timeout=30_000)
        assert number_on(source, frame) == frame
        assert sum(source.picture(one) is not None for one in range(COUNT)) <= 5


def test_behind_a_damaged_place_a_long_video_can_be_seen(
        source: FrameSource, qtbot: QtBot, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_LONG", 2), ("_PLACES", 1), ("_RUN", 2)):
        monkeypatch.setattr(reader, name, value)
    path = write_video(tmp_path / "clip.mp4", 100)
    data = bytearray(path.read_bytes())
    start, end = data.index(b"mdat"), data.index(b"moov")
    place = start + (end - start) * 3 // 5
    data[place:place + 900] = bytes(900)
    path.write_bytes(data)
    failed: list[str] = []
    source.failed.connect(failed.append)
    source.open(path)
    qtbot.waitUntil(lambda: source.complete and 98 in source.thumbs, timeout=30_000)
    assert len(source.times) == 100 and not source.warning and not failed
    assert 2 in source.thumbs and 0 < len(source.thumbs) < 50, "the damaged ones are left out"
    source.show(95)
    qtbot.waitUntil(lambda: _is_there(source, 95), timeout=30_000)
    assert number_on(source, 95) == 95
