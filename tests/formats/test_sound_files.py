"""Sound files that say the wrong length are read to their true end, at the right place."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from workbench.core.errors import FormatError
from workbench.media.sounds.clip import ClipReader, read_clip
from workbench.media.sounds.sound_info import read_sound_info

RATE = 44100


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MP3 of varying bit rate as an encoder writes it, and what becomes of such files."""
    folder = tmp_path_factory.mktemp("mp3")
    time = np.arange(RATE * 12) / RATE
    noise = np.random.default_rng(0).normal(size=len(time)) * 0.05 * (time % 5 < 1)
    soundfile.write(folder / "whole.mp3", 0.3 * np.sin(time * 900 * (1 + time / 30)) + noise, RATE)
    data = (folder / "whole.mp3").read_bytes()
    first = data.index(b"\xff\xfb", 100)  # the header frame comes before
    bare = data[first:]
    (folder / "bare.mp3").write_bytes(bare)
    tag = b"ID3\x04\x00\x00\x00\x00\x01\x00" + bytes(128)
    (folder / "joined.mp3").write_bytes(tag + data + tag + data + b"TAG" + bytes(125))
    (folder / "junk.mp3").write_bytes(bare[: len(bare) // 2] + b"junk " * 999
                                      + bare[len(bare) // 2:])
    (folder / "cut.mp3").write_bytes(data[: len(data) // 2])
    return folder


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("whole", 12.0), ("bare", 12.04), ("joined", 24.08), ("junk", 12.04), ("cut", None)],
)
def test_an_mp3_is_as_long_as_what_is_decoded(
    folder: Path, name: str, seconds: float | None, capfd: pytest.CaptureFixture[str],
) -> None:
    path = folder / f"{name}.mp3"
    samples, _ = read_clip(path)
    info = read_sound_info(path)
    assert info.frames == samples.shape[1]
    if seconds is not None:
        assert info.duration == pytest.approx(seconds, abs=0.05)
    assert capfd.readouterr().err == "", "the library's own warnings are nobody's business"


@pytest.mark.parametrize("name", ["whole", "bare", "joined", "junk", "cut"])
def test_any_time_of_an_mp3_is_read_exactly(folder: Path, name: str) -> None:
    whole, rate = read_clip(folder / f"{name}.mp3")
    with ClipReader(folder / f"{name}.mp3") as reader:
        blocks = np.concatenate(list(reader.blocks(50_000)), axis=1)
        assert np.array_equal(blocks, whole)
        for second in (4, 1, 2, 3, 0):
            start = second * rate + 123
            assert np.allclose(reader.read(start, start + 5000), whole[:, start : start + 5000],
                               atol=1e-4)


def test_what_the_encoder_added_is_cut_off(folder: Path) -> None:
    samples, _ = read_clip(folder / "whole.mp3")
    native: NDArray[np.float64] = soundfile.read(folder / "whole.mp3")[0]
    assert samples.shape[1] == len(native) == 12 * RATE
    assert np.allclose(samples[0], native, atol=1e-4)


def wav(path: Path, riff: int, data: int) -> Path:
    """A recording of two seconds with other sizes in its header."""
    soundfile.write(path, 0.3 * np.sin(np.arange(16000) / 5), 8000, subtype="PCM_16")
    content = bytearray(path.read_bytes())
    content[4:8], content[40:44] = struct.pack("<I", riff), struct.pack("<I", data)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("riff", "data"), [(36, 0), (0, 0), (0xFFFFFFFF, 0xFFFFFFFF)])
def test_a_recording_that_was_never_closed_is_read_to_its_end(
    tmp_path: Path, riff: int, data: int
) -> None:
    path = wav(tmp_path / "lost.wav", riff, data)
    before = path.read_bytes()
    info = read_sound_info(path)
    assert (info.frames, info.unclosed, info.missing) == (16000, True, 0)
    samples, _ = read_clip(path)
    assert np.allclose(samples[0], 0.3 * np.sin(np.arange(16000) / 5), atol=1e-3)
    with ClipReader(path) as reader:
        assert np.array_equal(reader.read(7000, 9000), samples[:, 7000:9000])
    assert path.read_bytes() == before


def test_a_whole_an_empty_and_a_broken_recording_are_told_apart(tmp_path: Path) -> None:
    whole = wav(tmp_path / "whole.wav", 32036, 32000)
    assert not read_sound_info(whole).unclosed and read_sound_info(whole).missing == 0
    broken = tmp_path / "broken.wav"
    broken.write_bytes(whole.read_bytes()[:20044])
    info = read_sound_info(broken)
    assert (info.frames, info.unclosed, info.missing) == (10000, False, 12000)
    empty = tmp_path / "empty.wav"
    note = b"LIST" + struct.pack("<I", 4) + b"INFO"
    empty.write_bytes(whole.read_bytes()[:40] + bytes(4) + note)
    with pytest.raises(FormatError, match="holds no sound"):
        read_sound_info(empty)


@pytest.mark.parametrize(
    ("head", "words"),
    [(b"\x00\x00\x00\x1cftypM4A ", "M4A"), (b"#!AMR\n", "AMR"), (b"\xff\xf1\x50\x80", "AAC")],
)
@pytest.mark.parametrize("name", ["phone.m4a", "phone.wav"])
def test_formats_of_phones_are_named(tmp_path: Path, name: str, head: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(head + bytes(500))
    with pytest.raises(FormatError, match=f"{words}.* cannot be read; convert it to WAV"):
        read_sound_info(path)
