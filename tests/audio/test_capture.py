"""Recordings begin early enough, end when they should, and tell what went wrong."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import WorkbenchError
from workbench.media.sounds import recording
from workbench.media.sounds.capture import Capture, GapDetector, StopRule
from workbench.media.sounds.clip import ClipReader, Waveform
from workbench.media.sounds.colormap import STOPS, color_table
from workbench.media.sounds.names import plain, recording_name
from workbench.media.sounds.playback import PlaybackStream
from workbench.media.sounds.recording import WavWriter, wav_header

RATE = 8000


class Clock:
    """Time that goes on as it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def tone(seconds: float, level: float = 0.3) -> Waveform:
    samples = level * np.sin(np.arange(round(seconds * RATE)) / 3)
    return samples[None, :].astype(np.float32)


def silence(seconds: float) -> Waveform:
    return np.zeros((1, round(seconds * RATE)), np.float32)


def feed(capture: Capture, waveform: Waveform, block: int = 400) -> list[object]:
    """In blocks of 50 ms, as a device gives them."""
    ended = [capture.feed(waveform[:, at:at + block]) for at in range(0, waveform.shape[1], block)]
    return [take for take in ended if take is not None]


def test_recording_begins_with_what_was_heard_before(tmp_path: Path) -> None:
    capture = Capture(RATE, 1, pre_roll=0.25)
    before, after = tone(1.0), tone(0.5, 0.1)
    feed(capture, before)
    capture.begin(tmp_path / "a.wav")
    feed(capture, after)
    take = capture.end()
    assert take is not None
    samples, rate = soundfile.read(tmp_path / "a.wav", dtype="float32")
    assert rate == RATE and len(samples) == round(0.75 * RATE)
    np.testing.assert_allclose(samples[:2000], before[0, -2000:], atol=1e-4)
    np.testing.assert_allclose(samples[2000:], after[0], atol=1e-4)
    assert take.seconds == pytest.approx(0.75)


def test_fixed_length_is_exact_and_includes_the_pre_roll(tmp_path: Path) -> None:
    capture = Capture(RATE, 1, pre_roll=0.2)
    feed(capture, tone(1.0))
    capture.begin(tmp_path / "a.wav", StopRule(seconds=1.0))
    ended = feed(capture, tone(2.0), block=333)
    assert len(ended) == 1 and capture.take is None
    assert soundfile.info(tmp_path / "a.wav").frames == RATE


def test_stops_after_sound_and_silence_but_not_before_sound(tmp_path: Path) -> None:
    capture = Capture(RATE, 1, pre_roll=0.0)
    capture.begin(tmp_path / "a.wav", StopRule(silence=True, hold=0.5))
    assert not feed(capture, silence(2.0))
    assert not feed(capture, tone(0.5))
    assert len(feed(capture, silence(1.0))) == 1
    assert soundfile.info(tmp_path / "a.wav").duration == pytest.approx(3.0, abs=0.06)


def test_clipping_is_counted_and_does_not_end_it(tmp_path: Path) -> None:
    capture = Capture(RATE, 1, pre_roll=0.0)
    capture.begin(tmp_path / "a.wav")
    feed(capture, np.ones((1, 400), np.float32))
    feed(capture, tone(0.2))
    assert capture.take is not None and capture.take.clipped == 1
    assert capture.end() is not None


def test_never_over_another_file(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"mine")
    capture = Capture(RATE, 1)
    with pytest.raises(WorkbenchError):
        capture.begin(tmp_path / "a.wav")
    assert (tmp_path / "a.wav").read_bytes() == b"mine"
    assert capture.take is None


def test_a_full_disk_ends_it_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    capture = Capture(RATE, 1, pre_roll=0.0)
    capture.begin(tmp_path / "a.wav")
    feed(capture, tone(0.5))

    def full(_self: WavWriter, _waveform: Waveform) -> None:
        raise WorkbenchError("the recording stopped: No space left on device")

    monkeypatch.setattr(WavWriter, "write", full)
    ended = feed(capture, tone(0.5))
    assert len(ended) == 1
    take = ended[0]
    assert "No space left" in str(take.failure)  # type: ignore[attr-defined]
    assert soundfile.info(tmp_path / "a.wav").frames == 4000


FULL = """
import resource, signal, sys
import numpy as np
from pathlib import Path
from workbench.media.sounds.capture import Capture

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
capture = Capture(8000, 1, pre_roll=0.0)
capture.begin(Path(sys.argv[1]))
for _ in range(200):
    take = capture.feed(np.full((1, 400), 0.25, np.float32))
    if take is not None:
        print(take.seconds, take.failure)
        break
"""


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="this system limits no file")
def test_what_the_system_takes_no_more_of_still_plays(tmp_path: Path) -> None:
    path = tmp_path / "full.wav"
    done = subprocess.run([sys.executable, "-c", FULL, str(path)], capture_output=True, text=True,
                          timeout=60, check=True)
    assert "recording stopped" in done.stdout, done.stdout
    data, rate = soundfile.read(path)
    assert rate == 8000 and len(data) >= 8000 and path.stat().st_size <= 40_000
    assert abs(data - 0.25).max() < 1e-3, "every sample that is there is one that was heard"


def test_late_samples_are_not_lost_ones() -> None:
    clock = Clock()
    watch = GapDetector(RATE, clock)
    lost = 0.0
    for block in range(200):
        # every tenth block comes half a second late, together with those after it
        clock.now += 0.0 if block % 10 > 4 else 0.1
        lost += watch.feed(400)
    assert lost == 0


def test_lost_samples_are_found_and_told_once() -> None:
    clock = Clock()
    watch = GapDetector(RATE, clock)
    found = []
    for block in range(400):
        clock.now += 0.05 + (0.5 if block == 200 else 0.0)
        lost = watch.feed(400)
        if lost:
            found.append(lost)
    assert len(found) == 1 and found[0] == pytest.approx(0.5, abs=0.05)


# --- playback -------------------------------------------------------------------------------------


@pytest.fixture
def ramp(tmp_path: Path) -> Path:
    """A clip whose every sample tells where it is."""
    path = tmp_path / "ramp.wav"
    soundfile.write(path, (np.arange(8000) / 16000).astype(np.float32), RATE, subtype="FLOAT")
    return path


def test_plays_a_stretch_exactly(ramp: Path) -> None:
    with ClipReader(ramp) as reader:
        stream = PlaybackStream(reader, 0.25, 0.5, out_rate=RATE, out_channels=1)
        whole = np.concatenate([stream.read(300) for _ in range(10)], axis=1)
    np.testing.assert_array_equal(whole[0], (np.arange(2000, 4000) / 16000).astype(np.float32))


def test_loops_over_the_selection_and_knows_where_it_is(ramp: Path) -> None:
    with ClipReader(ramp) as reader:
        stream = PlaybackStream(reader, 0.3, 0.5, out_rate=RATE, out_channels=1, loop=True,
                                loop_start=0.25)
        whole = stream.read(1600 + 2000 + 100)[0]
    assert whole[1600] == pytest.approx(2000 / 16000)
    assert whole[3600] == pytest.approx(2000 / 16000)
    assert stream.position(0) == pytest.approx(0.3)
    assert stream.position(1600 + 1000) == pytest.approx(0.25 + 0.125)
    assert stream.position(1600 + 2000 + 80) == pytest.approx(0.26)


@settings(max_examples=25, deadline=None)
@given(rate=st.integers(4000, 96000), speed=st.sampled_from([0.5, 1.0]),
       pieces=st.lists(st.integers(1, 4000), min_size=1, max_size=8))
def test_any_rate_and_speed_takes_its_time(rate: int, speed: float, pieces: list[int],
                                           tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("rates") / "ramp.wav"
    soundfile.write(path, (np.arange(800) / 1600).astype(np.float32), RATE, subtype="FLOAT")
    with ClipReader(path) as reader:
        stream = PlaybackStream(reader, 0, 0.1, out_rate=rate, out_channels=2, speed=speed)
        parts = [stream.read(count) for count in pieces]
        while (rest := stream.read(5000)).shape[1]:
            parts.append(rest)
    whole = np.concatenate(parts, axis=1)
    assert whole.shape == (2, stream.sent)
    assert whole.shape[1] == pytest.approx(0.1 / speed * rate, abs=1.01)
    expected = np.arange(whole.shape[1]) * RATE * speed / rate / 1600
    inside = expected < 799 / 1600
    np.testing.assert_allclose(whole[0, inside], expected[inside], atol=1e-3)


# --- names and colours ----------------------------------------------------------------------------


def test_names_are_numbered_and_fit_the_pattern() -> None:
    assert recording_name("seven", "Ann", set()) == "seven_Ann_0.wav"
    assert recording_name("seven", "Ann", {"seven_Ann_0.wav", "seven_Ann_1.wav"}) \
        == "seven_Ann_2.wav"
    assert recording_name("Seven", "ann", {"seven_Ann_0.wav"}) == "Seven_ann_1.wav"
    assert recording_name("a/b", "x_y", set()) == "a-b_x-y_0.wav"
    assert recording_name("seven", "", set()) == "seven_unknown_0.wav"
    assert recording_name("", "Ann", {"recording-1.wav"}, "1") == "recording-1-0.wav"


@given(st.text(max_size=120))
def test_any_text_is_a_possible_file_name(text: str) -> None:
    part = plain(text)
    assert len(part) <= 60 and not set(part) & set('\\/:*?"<>|\0\n')
    assert part == part.strip(" .")


@pytest.mark.parametrize("name", [name for name in STOPS if name != "paper"])
def test_louder_is_lighter(name: str) -> None:
    table = color_table(name).astype(float)
    lightness = table @ (0.2126, 0.7152, 0.0722)
    assert table.shape == (256, 3)
    assert (np.diff(lightness) > -1.0).all() and lightness[-1] - lightness[0] > 150


def test_a_recording_ends_where_a_wav_file_does(tmp_path: Path,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_BYTES", 2 * RATE)
    capture = Capture(RATE, 1)
    take = capture.begin(tmp_path / "long.wav")
    assert capture.feed(tone(0.6)) is None
    assert capture.feed(tone(0.6)) is take and capture.take is None
    assert take.failure is not None and "no more than 4 GB" in take.failure.sentence()
    assert soundfile.info(take.path).duration == pytest.approx(0.6)
    assert len(wav_header(48000, 2, (2**32 - 1 - 36) // 4)) == 44


def test_a_disk_that_is_full_already_leaves_no_empty_file(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: WavWriter, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(WavWriter, "_append", full)
    capture = Capture(RATE, 1)
    with pytest.raises(WorkbenchError, match=r"the disk is full\. Nothing was recorded"):
        capture.begin(tmp_path / "a.wav")
    assert not list(tmp_path.iterdir()) and capture.take is None
