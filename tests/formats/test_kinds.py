"""A file's kind is told from what is in it, not from its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from workbench.media.images.file_kinds import kind_of_file


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "bmp", "tif", "webp"])
def test_images(tmp_path: Path, suffix: str) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / f"x.{suffix}")
    (tmp_path / f"x.{suffix}").rename(tmp_path / "x.dat")
    assert kind_of_file(tmp_path / "x.dat") == "image"


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3", "AIFF"])
def test_sounds(tmp_path: Path, kind: str) -> None:
    soundfile.write(tmp_path / "x.dat", np.zeros(8000), 8000, format=kind)
    assert kind_of_file(tmp_path / "x.dat") == "sound"


@pytest.mark.parametrize(("data", "word"), [
    ("naïve".encode() * 200, "text file"), (b"PK\x03\x04....", "ZIP archive or office document"),
    (b"%PDF-1.7", "PDF document"), (b"", ""), (b"\0\1\2\3", ""), (b"\xff\xfe\0", ""),
])
def test_others(tmp_path: Path, data: bytes, word: str) -> None:
    (tmp_path / "x.jpg").write_bytes(data)
    assert kind_of_file(tmp_path / "x.jpg") == word
    assert kind_of_file(tmp_path / "gone") == ""
