"""Sounds are read, drawn and cut as they are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import FormatError, WorkbenchError
from workbench.media.sounds import pyramid as pyramids
from workbench.media.sounds.clip import ClipReader, read_clip
from workbench.media.sounds.pyramid import build_pyramid, overview, pyramid
from workbench.media.sounds.recording import (
    Level,
    SilenceStop,
    WavWriter,
    from_pcm16,
    measure,
    to_pcm16,
)
from workbench.media.sounds.ring_buffer import RingBuffer
from workbench.media.sounds.segmentation import SegmentationSettings, frame_levels, segment
from workbench.media.sounds.sound_info import read_sound_info
from workbench.media.sounds.spectrogram import (
    SpectrogramSettings,
    axis,
    frequency_to_row,
    tile,
    to_bytes,
)


def tone(frequency: float, seconds: float, rate: int, level: float = 0.5) -> np.ndarray:
    return (level * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)).astype(
        np.float32
    )


@pytest.mark.parametrize(
    ("suffix", "subtype", "rate", "channels"),
    [(".wav", "PCM_16", 8000, 1), (".wav", "FLOAT", 192000, 8), (".wav", "PCM_24", 44100, 2),
     (".flac", "PCM_16", 48000, 2), (".ogg", "VORBIS", 44100, 1), (".mp3", "MPEG_LAYER_III",
                                                                    44100, 2)],
)
def test_every_format_is_read_in_one_shape(
    tmp_path: Path, suffix: str, subtype: str, rate: int, channels: int
) -> None:
    path = tmp_path / f"clip{suffix}"
    sound = np.stack([tone(440, 0.5, rate)] * channels)
    soundfile.write(path, sound.T, rate, subtype=subtype)
    waveform, sample_rate = read_clip(path)
    assert sample_rate == rate and waveform.dtype == np.float32
    assert waveform.shape[0] == channels
    assert waveform.shape[1] == pytest.approx(rate // 2, abs=2400)
    assert np.abs(waveform).max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "empty"), (b"hello, this is text\n" * 20, "cannot be read"),
     (b"RIFF\x00\x00\x00\x00WAVE", "clip.wav")],
)
def test_a_file_that_is_no_sound_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "clip.wav"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=words):
        read_sound_info(path)


def test_no_samples_a_missing_file_and_nan_are_told_or_mended(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "none.wav", np.zeros((0, 1)), 8000)
    with pytest.raises(FormatError, match=r"none\.wav: it holds no sound"):
        read_sound_info(tmp_path / "none.wav")
    with pytest.raises(FormatError, match="gone"):
        read_sound_info(tmp_path / "never.wav")
    samples = tone(100, 0.1, 8000)
    samples[10] = np.nan
    soundfile.write(tmp_path / "nan.wav", samples, 8000, subtype="FLOAT")
    assert np.isfinite(read_clip(tmp_path / "nan.wav")[0]).all()


def test_a_truncated_wav_gives_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    soundfile.write(path, tone(200, 1.0, 8000), 8000)
    path.write_bytes(path.read_bytes()[:6000])
    waveform, _ = read_clip(path)
    assert 2900 < waveform.shape[1] <= 3000


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 40_000), st.floats(0, 1), st.floats(0, 1), st.integers(1, 300))
def test_the_pyramid_contains_every_peak(
    tmp_path_factory: pytest.TempPathFactory, frames: int, a: float, b: float, count: int
) -> None:
    path = tmp_path_factory.mktemp("p") / "clip.wav"
    noise = np.random.default_rng(frames).uniform(-0.9, 0.9, frames).astype(np.float32)
    soundfile.write(path, noise, 8000, subtype="FLOAT")
    levels = build_pyramid(path)
    assert levels is not None
    start, stop = sorted((a * frames, b * frames))
    columns = levels.columns(start, stop, count)
    assert columns.shape == (count, 2)
    inside = noise[int(np.ceil(start)):int(stop)]
    if len(inside) and stop > start:
        assert columns[:, 0].min() <= inside.min() + 1e-4
        assert columns[:, 1].max() >= inside.max() - 1e-4
    whole = levels.columns(0, frames, 1)[0]
    assert whole == pytest.approx([noise.min(), noise.max()], abs=1e-4)


def test_a_pyramid_is_kept_and_a_torn_one_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    soundfile.write(path, tone(50, 2.0, 8000), 8000)
    first = pyramid(path, tmp_path / "cache")
    file = pyramids.cache_path(tmp_path / "cache", path)
    assert first is not None and file.is_file()
    before = first.columns(0, 16000, 40)
    file.write_bytes(file.read_bytes()[:-3])
    again = pyramid(path, tmp_path / "cache")
    assert again is not None
    np.testing.assert_array_equal(again.columns(0, 16000, 40), before)
    assert overview(path, 10)[:, 1].max() == pytest.approx(0.5, abs=0.02)
    assert build_pyramid(path, lambda _: False) is None, "cancelled"


@pytest.mark.parametrize("scale", ["linear", "log", "mel"])
@pytest.mark.parametrize("frequency", [300.0, 1000.0, 3000.0])
def test_a_tone_shows_at_its_frequency(tmp_path: Path, scale: str, frequency: float) -> None:
    path = tmp_path / "tone.wav"
    soundfile.write(path, tone(frequency, 1.0, 8000, 1.0), 8000, subtype="FLOAT")
    chosen = SpectrogramSettings(n_fft=1024, scale=scale, bins=200)  # type: ignore[arg-type]
    with ClipReader(path) as reader:
        decibel = tile(reader, 0, 400, 20, chosen)
    assert decibel.shape == (200, 20)
    column = decibel[:, 10]
    assert axis(chosen, 8000)[column.argmax()] == pytest.approx(frequency, rel=0.03, abs=20)
    assert column.max() == pytest.approx(0.0, abs=1.6), "a full-scale sine is 0 dB"
    row = frequency_to_row(frequency, chosen, 8000) * 200
    assert row == pytest.approx(column.argmax() + 0.5, abs=2)


def test_far_zoomed_out_a_short_call_is_still_seen(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    sound = np.zeros(8000 * 60, np.float32)
    sound[8000 * 30:8000 * 31] = tone(1000, 1.0, 8000)
    soundfile.write(path, sound, 8000)
    with ClipReader(path) as reader:
        decibel = tile(reader, 0, 8000, 62, SpectrogramSettings(n_fft=512, bins=64))
    loud = decibel.max(axis=0)
    assert loud.argmax() == 30 and loud[30] > -12
    assert (loud[60:] < -130).all(), "beyond the end there is nothing"
    picture = to_bytes(decibel, -80, 0)
    assert picture.dtype == np.uint8 and picture[:, 30].max() > 200


@given(st.integers(1, 50), st.lists(st.integers(0, 70), max_size=12), st.integers(1, 2))
def test_a_ring_keeps_the_newest(capacity: int, sizes: list[int], channels: int) -> None:
    ring = RingBuffer(channels, capacity)
    everything = np.zeros((channels, 0), np.float32)
    for size in sizes:
        block = everything.shape[1] + np.arange(size, dtype=np.float32)
        block = np.stack([block] * channels)
        ring.write(block)
        everything = np.concatenate([everything, block], axis=1)
    expected = everything[:, max(0, everything.shape[1] - capacity):]
    np.testing.assert_array_equal(ring.latest(), expected)
    np.testing.assert_array_equal(ring.latest(3), expected[:, max(0, expected.shape[1] - 3):])


def test_samples_survive_the_way_to_disk(tmp_path: Path) -> None:
    sound = np.stack([tone(440, 0.3, 16000), tone(880, 0.3, 16000, 1.2)])
    writer = WavWriter(tmp_path / "a.wav", 16000, 2)
    for start in range(0, sound.shape[1], 777):
        writer.write(sound[:, start:start + 777])
    writer.close()
    again, rate = read_clip(tmp_path / "a.wav")
    assert rate == 16000
    np.testing.assert_allclose(again, sound.clip(-1, 1), atol=1e-4)
    assert from_pcm16(to_pcm16(sound).tobytes() + b"x", 2).shape == sound.shape
    with pytest.raises(WorkbenchError, match="could not be started"):
        WavWriter(tmp_path / "a.wav", 16000, 2)


KILLED = """
import sys, numpy as np
from pathlib import Path
from workbench.media.sounds.recording import WavWriter
writer = WavWriter(Path(sys.argv[1]), 8000, 1)
while True:
    writer.write(np.full((1, 800), 0.25, np.float32))
    print(writer.seconds, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_program_leaves_a_file_that_plays(tmp_path: Path) -> None:
    path = tmp_path / "killed.wav"
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE,
                               text=True)
    assert process.stdout is not None
    written = 0.0
    while written < 5.0:
        written = float(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert read_sound_info(path).duration >= written - 0.5


def test_level_clipping_and_automatic_stop() -> None:
    assert measure(np.ones((1, 10), np.float32)) == Level(0.0, 0.0, True)
    assert measure(np.zeros((1, 0), np.float32)).peak_db == -120
    quiet, loud = Level(-60, -60, False), Level(-10, -12, False)
    stop = SilenceStop(hold=0.5)
    assert not any(stop.feed(quiet, 0.1) for _ in range(20)), "silence before speech never stops"
    assert not stop.feed(loud, 0.1)
    assert [stop.feed(quiet, 0.25) for _ in range(2)] == [False, True]


def test_sounds_are_cut_at_silences(tmp_path: Path) -> None:
    rate = 8000
    gap, beep = np.zeros(rate // 2, np.float32), tone(500, 0.3, rate)
    click = tone(500, 0.02, rate)
    sound = np.concatenate([gap, beep, gap, click, gap, beep, gap[:400], beep, gap])
    soundfile.write(tmp_path / "s.wav", sound, rate)
    with ClipReader(tmp_path / "s.wav") as reader:
        levels = frame_levels(reader)
        found = segment(levels, SegmentationSettings(padding=0.0), reader.info.duration)
    assert found == [pytest.approx((0.5, 0.8), abs=0.011), pytest.approx((1.82, 2.47), abs=0.011)]
    padded = segment(levels, SegmentationSettings(padding=0.1), 2.5)
    assert padded[0] == pytest.approx((0.4, 0.9), abs=0.011) and padded[-1][1] == 2.5
