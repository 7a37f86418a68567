"""When and where pictures and recordings were made, as files, names and folders say it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from PIL import Image

from tests.support.picture_kinds import heic
from workbench.media.recording_place import Stations
from workbench.media.recording_time import is_recorders, recorded_at


def wav(path: Path, *chunks: tuple[bytes, bytes]) -> Path:
    """A WAV file of one sample with these chunks before its sound."""
    sound = (b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)), *chunks, (b"data", b"\0\0")
    body = b"WAVE" + b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
                              for name, data in sound)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def moment(path: Path) -> str:
    found = recorded_at(path)
    return found.words if found is not None else ""


AUDIOMOTH = (b"INFOICMT" + struct.pack("<I", 64)
             + b"Recorded at 04:30:00 12/05/2026 (UTC+2) by AudioMoth 24E1".ljust(64, b"\0"))
BEXT = bytes(320) + b"2026-05-1204:30:00" + bytes(264)


@pytest.mark.parametrize("chunk", [
    (b"LIST", AUDIOMOTH), (b"bext", BEXT),
    (b"guan", b"GUANO|Version: 1.0\nMake: Some\nTimestamp: 2026-05-12T04:30:00+02:00\n")])
def test_a_recorder_writes_when_it_began(tmp_path: Path, chunk: tuple[bytes, bytes]) -> None:
    odd = (b"junk", b"odd")
    assert moment(wav(tmp_path / "a.wav", odd, chunk)) == "2026-05-12 04:30:00"
    assert moment(wav(tmp_path / "20260101.wav", chunk)) == "2026-05-12 04:30:00", \
        "a name that says the day only is less exact"
    assert moment(wav(tmp_path / "20260512_050000.wav", chunk)) == "2026-05-12 05:00:00", \
        "parts of a long recording have their own times in their names"
    cut = tmp_path / "cut.wav"
    cut.write_bytes((tmp_path / "a.wav").read_bytes()[:60])
    assert not moment(cut)


def test_a_telephone_writes_when_a_photo_was_taken(tmp_path: Path) -> None:
    photo = tmp_path / "IMG_1.HEIC"
    photo.write_bytes(heic("colour-6")())
    assert moment(photo) == "2026-05-04 21:03:02"
    photo.write_bytes(heic("colour-6")()[:300])
    assert not moment(photo)
    exif = Image.Exif()
    exif[0x131] = "a camera"
    exif.get_ifd(0x8769)[0x9003] = "2026:05:04 21:03:02"
    Image.new("RGB", (8, 8)).save(tmp_path / "a.avif", exif=exif)
    assert moment(tmp_path / "a.avif") == "2026-05-04 21:03:02"


def test_what_says_nothing_is_no_moment(tmp_path: Path) -> None:
    assert not moment(wav(tmp_path / "a.wav", (b"bext", bytes(602))))
    assert moment(wav(tmp_path / "20260512.wav")) == "2026-05-12"
    assert not moment(tmp_path / "gone.wav")


def test_names_of_recorders() -> None:
    for name in ("20240521_063000.WAV", "SMA01_20240521_063000.wav", "20240521_063000T.WAV",
                 "a/b/20240521T063000+1000_REC [-27.3+153.0].flac", "S4_20240521_063000_000.wav",
                 "WIESE-2024-05-21T06-30-00.flac"):
        assert is_recorders(name), name
    for name in ("20240521.wav", "wren_20240521_063000_12.wav", "wren_ann_3.wav",
                 "20240521_063000_wren.wav"):
        assert not is_recorders(name), name


@pytest.mark.parametrize(("paths", "places"), [
    (["/d/moor/x.wav", "/d/wood/2026-05-12/x.wav", "/d/wood/Data/x.wav", "/d/x.wav"],
     ["moor", "wood", "wood", "d"]),
    (["/d/moor/DCIM/100EK113/I1.JPG", "/d/wood/DCIM/100EK113/I1.JPG"], ["moor", "wood"]),
    (["/d/may/A1_20240521_063000.wav", "/d/may/B2_20240521_063000.wav"], ["A1", "B2"]),
    (["/d/moor/20240521_063000.wav"], ["moor"]),
    (["/d/recordings/20240521_063000.wav"], [""])])
def test_the_place_is_the_folder_or_the_recorder(paths: list[str], places: list[str]) -> None:
    assert list(map(Stations(paths), paths)) == places
