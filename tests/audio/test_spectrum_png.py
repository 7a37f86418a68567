"""The picture of a sound in a report is a PNG that others read."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from workbench.core.errors import WorkbenchError
from workbench.media.sounds.spectrum_png import spectrum_png

RATE = 8000


def test_high_tones_are_at_the_top_and_time_runs_right(tmp_path: Path) -> None:
    time = np.arange(RATE) / RATE
    tone = np.where(time < 0.5, np.sin(2 * np.pi * 300 * time), np.sin(2 * np.pi * 3000 * time))
    soundfile.write(tmp_path / "two.wav", 0.5 * tone, RATE)
    with Image.open(io.BytesIO(spectrum_png(tmp_path / "two.wav", 0.0, 1.0))) as opened:
        assert opened.format == "PNG" and opened.size == (200, 96)
        light = np.asarray(opened.convert("L"), float)
    low, high = light[:, 50].argmax(), light[:, 150].argmax()
    assert high < 20 < 60 < low
    with Image.open(io.BytesIO(spectrum_png(tmp_path / "two.wav", 0.6, 9.0))) as part:
        assert np.asarray(part.convert("L"), float)[:, 20].argmax() < 20, "from 0.6 s on"


def test_what_is_no_sound_is_told(tmp_path: Path) -> None:
    (tmp_path / "no.wav").write_text("no sound")
    with pytest.raises(WorkbenchError, match=r"no\.wav"):
        spectrum_png(tmp_path / "no.wav", 0, 1)
