"""Videos: exact frames and times, whatever the file is like; and one sentence for what is none."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest

from tests.support.tiny_video import (
    REORDERED,
    SIZE,
    hide_beginning,
    index_first,
    number_shown,
    numbered,
    promise_frames,
    read_numbers,
    set_durations,
    show_only,
    turn,
    write_as,
    write_video,
)
from workbench.core.arrays import Rgb
from workbench.core.background import Cancelled
from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.video import time_text
from workbench.media.video import reader as video_reader
from workbench.media.video.differing import ChangeDetector
from workbench.media.video.packets import count_packets
from workbench.media.video.reader import VideoReader
from workbench.media.video.writer import VideoWriter

COUNT = 130


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("video") / "film.mp4", COUNT)


def test_all_frames_come_in_order_with_their_numbers_and_times(video: Path) -> None:
    with VideoReader(video) as reader:
        assert reader.size == SIZE
        assert reader.frame_count == COUNT
        found = [(frame.number, number_shown(frame.pixels), round(frame.time, 3))
                 for frame in reader.frames()]
    assert found == [(index, index, round(index / 25, 3)) for index in range(COUNT)]


def test_every_nth_from_a_certain_one_and_again(video: Path) -> None:
    with VideoReader(video) as reader:
        for _ in range(2):
            shown = [(frame.number, number_shown(frame.pixels)) for frame in reader.frames(7, 10)]
            assert shown == [(index, index) for index in range(7, COUNT, 10)]


def test_any_frame_is_found_exactly(video: Path) -> None:
    """The pixels are those of reading in order, back and forth over key frames."""
    with VideoReader(video) as reader:
        frames = {frame.number: frame for frame in reader.frames()}
    with VideoReader(video) as reader:
        for index in (100, 3, 99, 98, 0, 129, 13, 12, 11, 75, 75):
            for time in (frames[index].time, None):
                found = reader.frame(index, time)
                assert (found.number, found.time) == (index, frames[index].time)
                assert np.array_equal(found.pixels, frames[index].pixels)
        with pytest.raises(WorkbenchError, match="has no frame 130"):
            reader.frame(COUNT)


def test_times_of_a_varying_rate_are_those_of_the_file(tmp_path: Path) -> None:
    path = write_video(tmp_path / "varying.mp4", 90)
    durations = [(256, 768, 512)[index % 3] for index in range(90)]  # of 12,800 a second
    set_durations(path, durations)
    times = [start / 12_800 for start in accumulate(durations, initial=0)][:90]
    with VideoReader(path) as reader:
        frames = list(reader.frames())
        assert [frame.time for frame in frames] == pytest.approx(times, abs=2e-6)
        for index in (80, 40, 41, 5, 62):
            assert number_shown(reader.frame(index, frames[index].time).pixels) == index


def test_packets_tell_the_times_that_decoding_finds_or_nothing(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is not sure (see ``packets.py``) is decoded; an estimate of the file is not used."""
    monkeypatch.setattr(video_reader, "_LONG", 2)
    monkeypatch.setattr(video_reader, "_RUN", 3)  # few are looked at, as in a long video
    trusted = [REORDERED, write_as(tmp_path / "vp9.webm", "VP90"),
               write_as(tmp_path / "mpeg4.mkv", "mp4v"), write_as(tmp_path / "jpeg.mp4", "MJPG"),
               write_video(tmp_path / "varying.mp4")]
    set_durations(trusted[-1], [(256, 768, 512)[index % 3] for index in range(30)])
    whole = [*trusted, write_as(tmp_path / "vp8.webm", "VP80"),
             write_as(tmp_path / "mpeg4.avi", "mp4v"), write_as(tmp_path / "jpeg.avi", "MJPG")]
    promise_frames(whole[-1], 3000)
    hidden, cut, damaged = (write_video(tmp_path / f"{name}.mp4") for name in (
        "hidden", "cut", "damaged"))
    hide_beginning(hidden, 7 * 512)
    cut.write_bytes(index_first(cut.read_bytes())[:-2000])
    data = bytearray(damaged.read_bytes())
    index = data.index(b"moov") - 4
    data[index - 1500:index] = bytes(1500)  # of the last frames
    damaged.write_bytes(data)
    matroska = tmp_path / "cut.mkv"
    data = bytearray(trusted[2].read_bytes())
    matroska.write_bytes(data[:len(data) * 2 // 3])

    for path in (*whole, hidden, cut, damaged, matroska):
        with VideoReader(path) as reader:
            quick = reader.quick_times()
            times: list[float] = []
            with suppress(WorkbenchError):
                times.extend(time for _, time, _ in reader.scan(1000))
            assert len(times) == 30 if path in whole else 0 < len(times) < 30, path.name
            assert quick == times if path in trusted else (
                quick is None or (path == matroska and quick == times)), path.name
            for number in (len(times) - 2, 3) if quick else ():
                frame = reader.frame(number, times[number])
                assert (frame.number, frame.time) == (number, times[number])


def test_a_rotation_is_applied(tmp_path: Path) -> None:
    path = write_video(tmp_path / "upright.mp4", 3)
    turn(path)
    with VideoReader(path) as reader:
        assert reader.size == SIZE[::-1]
        frame = next(reader.frames())
    assert number_shown(np.rot90(frame.pixels, 1)) == 0
    assert frame.pixels.shape == (*SIZE, 3)


def test_a_cut_off_video_gives_what_it_has_and_says_so(tmp_path: Path) -> None:
    path = write_video(tmp_path / "whole.mp4", 60)
    cut = tmp_path / "cut.mp4"
    data = path.read_bytes()
    cut.write_bytes(data[: len(data) // 2])  # the index stands at the end
    with pytest.raises(WorkbenchError, match=r"cut\.mp4: the video is cut off"):
        VideoReader(cut)
    moved = index_first(data)
    cut.write_bytes(moved)
    assert read_numbers(cut) == list(range(60))
    cut.write_bytes(moved[: -(data.index(b"moov") - data.index(b"mdat")) // 2])
    shown = []
    with pytest.raises(WorkbenchError, match=r"cut off after \d\d frames"), \
            VideoReader(cut) as reader:
        for frame in reader.frames():
            shown.append(number_shown(frame.pixels))  # noqa: PERF401  kept when it raises
    assert 20 < len(shown) < 45
    assert shown[:-1] == list(range(len(shown) - 1))  # the last one is there in part


def test_a_video_that_is_damaged_in_the_middle_says_until_where_it_could_be_read(
        tmp_path: Path) -> None:
    for path in (write_video(tmp_path / "a.mp4", 90, 10), write_as(tmp_path / "b.avi", "MJPG", 90)):
        data = bytearray(path.read_bytes())
        start, end = (data.index(name) for name in (
            (b"mdat", b"moov") if path.suffix == ".mp4" else (b"movi", b"idx1")))
        middle, part = (start + end) // 2, (end - start) // 8
        data[middle:middle + part] = bytes(part)
        path.write_bytes(data)
        times = []
        with VideoReader(path) as reader, pytest.raises(WorkbenchError) as raised:
            for frame in reader.frames():
                times.append(frame.time)  # noqa: PERF401  kept when it raises
        assert 20 < len(times) < 60
        assert raised.value.sentence() == (
            f"{path.name}: the video is damaged: nothing after {time_text(times[-1])} "
            f"(frame {len(times) - 1}) can be read.")


def test_an_end_that_cannot_be_read_is_told_and_one_that_is_hidden_is_not(tmp_path: Path) -> None:
    """Of a few frames, too; trimming leaves frames behind, up to the next key frame."""
    damaged, hidden, trimmed = (write_video(tmp_path / f"{name}.mp4", 60) for name in (
        "damaged", "hidden", "trimmed"))
    reordered = Path(shutil.copy(REORDERED, tmp_path / "reordered.mp4"))
    data = bytearray(damaged.read_bytes())
    index = data.index(b"moov") - 4
    data[index - 300:index] = bytes(300)
    damaged.write_bytes(data)
    show_only(hidden, 59 / 60)
    show_only(trimmed, 40 / 60)
    show_only(reordered, 10 / 30)
    for path, count in ((hidden, 59), (trimmed, 40), (reordered, 10)):
        with VideoReader(path) as reader:
            assert len([*reader.scan(1000)]) == count
    times = []
    with VideoReader(damaged) as reader, pytest.raises(WorkbenchError) as raised:
        for frame in reader.frames():
            times.append(frame.time)  # noqa: PERF401  kept when it raises
    assert 50 < len(times) < 60
    assert f"nothing after {time_text(times[-1])} (frame {len(times) - 1})" in str(raised.value)


def test_counting_packets_can_be_cancelled(tmp_path: Path) -> None:
    def stop() -> None:
        raise Cancelled

    long = write_as(tmp_path / "c.avi", "MJPG", 1001)
    with pytest.raises(Cancelled):
        count_packets(long, stop)


@pytest.mark.parametrize(("name", "data", "words"), [
    ("empty.mp4", b"", "the file is empty"),
    ("text.mp4", b"this is a letter, not a film\n" * 40, "this is no video"),
    ("photo.mov", b"\x89PNG\r\n\x1a\n" + bytes(200), "this is an image, not a video"),
    ("odd.webm", b"\x1a\x45\xdf\xa3" + bytes(300), "its codec is not known here"),
])
def test_what_is_no_video_is_told(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(WorkbenchError, match=rf"{name}: .*{words}"):
        VideoReader(path)


def test_a_codec_that_is_not_known_is_told(tmp_path: Path) -> None:
    path = write_video(tmp_path / "odd.mp4", 5)
    data = path.read_bytes().replace(b"mp4v", b"zz0z")
    place = data.index(b"esds")
    kind = data.index(bytes((0x20, 0x11)), place)  # MPEG-4 visual, a stream of pictures
    path.write_bytes(data[:kind] + b"\xfe" + data[kind + 1:])
    with pytest.raises(WorkbenchError, match="its codec is not known here"):
        VideoReader(path)


def test_a_video_without_frames_is_told(tmp_path: Path) -> None:
    path = write_video(tmp_path / "none.mp4", 5)
    data = bytearray(path.read_bytes())
    media, index = data.index(b"mdat") + 4, data.index(b"moov") - 4
    data[media:index] = bytes(index - media)
    path.write_bytes(data)
    with pytest.raises(WorkbenchError, match=r"none\.mp4: "), VideoReader(path) as reader:
        next(reader.frames())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_does_not_hold_the_program(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(WorkbenchError, match="a pipe"):
        VideoReader(tmp_path / "pipe.mp4")


def test_nothing_is_left_of_a_video_that_was_not_finished(tmp_path: Path) -> None:
    write_video(tmp_path / "film.mp4", 3)
    before = (tmp_path / "film.mp4").read_bytes()
    with pytest.raises(RuntimeError), VideoWriter(tmp_path / "film.mp4", 25) as writer:
        writer.put(numbered(0))
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]
    assert (tmp_path / "film.mp4").read_bytes() == before


def test_frames_that_show_something_new_are_taken() -> None:
    rng = np.random.default_rng(1)
    ground = np.kron(rng.integers(40, 200, (12, 16, 3)), np.ones((20, 20, 1))).astype(np.int16)

    def seen(thing: int | None = None, light: int = 0) -> Rgb:
        """A little noise everywhere, a thing in a corner, and more or less light."""
        pixels = ground + rng.integers(-6, 7, ground.shape) + light
        if thing is not None:
            pixels[10:50, thing:thing + 40] = 250
        return pixels.clip(0, 255).astype(np.uint8)

    differs = ChangeDetector()
    views = [seen(), seen(), seen(), seen(20), seen(21), seen(120), seen(), seen(light=2),
             seen(light=60)]
    assert [differs(view) for view in views] == [
        True, False, False, True, False, True, True, False, True]


@pytest.mark.parametrize(("name", "codec"), [("clip.mpg", "MPG1"), ("clip.mpg", "MPG2")])
def test_the_last_frame_of_an_mpeg_file_has_a_time_though_none_is_stored(
        tmp_path: Path, name: str, codec: str) -> None:
    with VideoReader(write_as(tmp_path / name, codec)) as reader:
        times = reader.times()
        assert times == pytest.approx([frame / 25 for frame in range(30)], abs=1e-3)
        for frame in (29, 3, 29, 28, 0):
            found = reader.frame(frame, times[frame])
            assert (number_shown(found.pixels), found.time) == (frame, times[frame])


@pytest.mark.parametrize("count", [1, 2, 30])
def test_the_last_frame_can_be_read_once_more_after_all_were(tmp_path: Path, count: int) -> None:
    with VideoReader(write_video(tmp_path / "clip.mp4", count)) as reader:
        assert len(reader.times()) == count
        assert number_shown(reader.frame(count - 1).pixels) == count - 1
        with pytest.raises(FormatError):
            reader.frame(count)
        assert number_shown(reader.frame(count - 1).pixels) == count - 1


def test_a_video_that_is_gone_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"gone\.mp4: the file is not there"):
        VideoReader(tmp_path / "gone.mp4")
