"""Damaged files are told by the readers; nothing that a library prints reaches the terminal."""

from __future__ import annotations

import ctypes
import os
import random
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from workbench.core.errors import WorkbenchError
from workbench.gui.background.reading import DecodeFailure, image_header, read_image
from workbench.media import native_messages
from workbench.media.images.pixels import upright_rgb
from workbench.media.native_messages import silence_native_code
from workbench.media.sounds.clip import read_clip

glibc = pytest.mark.skipif(native_messages._stderr is None,
                           reason="C's stderr is only known of glibc")


def damaged(data: bytes, count: int) -> list[bytes]:
    """``data`` with bytes that are others, again and again, beyond the header."""
    made = []
    for seed in range(count):
        rng, changed = random.Random(seed), bytearray(data)
        for _ in range(40):
            changed[rng.randrange(len(data) // 10, len(data))] = rng.randrange(256)
        made.append(bytes(changed))
    return made


@glibc
def test_damaged_mp3s_print_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    time = np.arange(22050) / 22050
    path = tmp_path / "a.mp3"
    soundfile.write(path, 0.3 * np.sin(time * 2000), 22050)
    loud = 0
    for number, data in enumerate(damaged(path.read_bytes(), 12)):
        broken = tmp_path / f"{number}.mp3"
        broken.write_bytes(data)
        try:
            read_clip(broken)
        except WorkbenchError:
            continue
        with soundfile.SoundFile(broken) as file:
            file.read()
        loud += bool(capfd.readouterr().err)
        read_clip(broken)
        assert capfd.readouterr() == ("", ""), number
    assert loud, "these files do make libsndfile print"


@pytest.mark.filterwarnings("ignore::UserWarning")  # as the program does for Pillow
@pytest.mark.parametrize("name", ["lzw.tif", "deflate.tif", "a.png", "b.jpg"])
def test_damaged_pictures_print_nothing(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    if name.endswith("png") and native_messages._stderr is None:
        pytest.skip("C's stderr is only known of glibc")
    path = tmp_path / name
    pixels = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    kinds = {"lzw.tif": "tiff_lzw", "deflate.tif": "tiff_adobe_deflate"}
    options = {"compression": kinds[name]} if name in kinds else {}
    Image.fromarray(pixels).save(path, **options)  # type: ignore[arg-type]
    refused = 0
    for number, data in enumerate(damaged(path.read_bytes(), 12)):
        broken = tmp_path / f"{number}{path.suffix}"
        broken.write_bytes(data)
        try:
            upright_rgb(broken)
        except WorkbenchError:
            refused += 1
        try:
            read_image(broken, image_header(broken))
        except DecodeFailure:
            refused += 1
        assert capfd.readouterr() == ("", ""), number
    assert refused or name == "b.jpg", "these files are damaged"


@glibc
def test_only_what_c_prints_is_kept_back_and_only_meanwhile(
    capfd: pytest.CaptureFixture[str]
) -> None:
    def say(text: bytes) -> None:
        libc = ctypes.CDLL(None)
        libc.fputs.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
        stream = ctypes.c_void_p.in_dll(libc, "stderr")
        libc.fputs(text, stream)
        libc.fflush(stream)

    inside, done = threading.Event(), threading.Event()

    def other() -> None:
        with silence_native_code():
            inside.set()
            assert done.wait(60)

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(60)
    with silence_native_code():
        say(b"from a library")
        os.write(2, b"from Python\n")
    say(b"while another thread reads")
    done.set()
    thread.join()
    say(b"afterwards")
    sys.stderr.flush()
    assert capfd.readouterr().err == "from Python\nafterwards"
