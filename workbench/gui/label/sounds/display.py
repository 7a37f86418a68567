"""How spectrograms are shown: frequency axis, window, range and colours, as a person chose."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import get_args

import numpy as np
from PySide6.QtCore import QSettings

from workbench.gui.label.sounds.tiles import HIGHEST_DB, LOWEST_DB
from workbench.media.sounds.colormap import STOPS, color_table
from workbench.media.sounds.spectrogram import WINDOWS, Scale, SpectrogramSettings, usual_fft

SCALES: tuple[Scale, ...] = get_args(Scale)
FFT_SIZES = (0, 128, 256, 512, 1024, 2048, 4096)
OVERLAPS = {0: "automatic", 2: "50 %", 4: "75 %", 8: "87.5 %", 16: "94 %", 32: "97 %"}
"""In how many steps a window is passed over, and how much of it two neighbours share then."""
MAP_WORDS = {"gray": "grey", "paper": "black on white"}
"""What the colours are called where that is not their name."""
MAPS = tuple(STOPS)
BINS = 256


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """A person's choice."""

    scale: Scale = "mel"
    window: str = "hann"
    """As in :class:`SpectrogramSettings`."""
    n_fft: int = 0
    """Samples in a window; 0 chooses by the sample rate."""
    overlap: int = 0
    """Steps in which a window is passed over, one of :data:`OVERLAPS`."""
    floor_db: float = -70.0
    ceiling_db: float = 0.0
    """Ends of the colours, in dB below the loudest of the clip if ``follow``, else full scale."""
    follow: bool = True
    colormap: str = "magma"
    channel: int = 0
    """Which channel is shown, from 1; 0 is the mean of all."""

    def settings(self, sample_rate: int) -> SpectrogramSettings:
        """What the tiles of a clip are made with."""
        n_fft = self.n_fft or usual_fft(sample_rate)
        hop = max(1, n_fft // (self.overlap or 16))
        return SpectrogramSettings(n_fft, hop, self.window, self.scale, BINS,
                                   channel=self.channel)

    def palette(self, loudest_db: float) -> list[int]:
        """Colours of the 256 stored bytes as ``0xffrrggbb``."""
        top = (loudest_db if self.follow else HIGHEST_DB) + self.ceiling_db
        # what is stored as nothing at all is drawn so, however quiet the loudest is
        low = max(top - self.ceiling_db + self.floor_db, LOWEST_DB)
        decibel = np.linspace(LOWEST_DB, HIGHEST_DB, 256)
        place = np.clip((decibel - low) / max(top - low, 1.0), 0, 1)
        table = color_table(self.colormap)[np.round(place * 255).astype(int)].astype(np.uint32)
        packed = 0xFF000000 | table[:, 0] << 16 | table[:, 1] << 8 | table[:, 2]
        return [int(value) for value in packed]


def load_display(settings: QSettings) -> DisplaySettings:
    """What was chosen last; values that are none read as the usual ones."""
    display = DisplaySettings()
    for field in fields(DisplaySettings):
        stored = settings.value(f"audio/look/{field.name}")
        if stored is None:
            continue
        usual = getattr(display, field.name)
        try:
            if isinstance(usual, bool):
                value: object = str(stored) == "true"
            else:
                value = type(usual)(str(stored))
        except ValueError:
            continue
        if isinstance(value, float) and not math.isfinite(value):
            continue
        display = replace(display, **{field.name: value})  # type: ignore[arg-type]
    known = (display.scale in SCALES and display.window in WINDOWS and display.colormap in STOPS
             and display.n_fft in FFT_SIZES and display.overlap in OVERLAPS
             and display.floor_db < display.ceiling_db)
    return display if known else DisplaySettings()


def save_display(settings: QSettings, display: DisplaySettings) -> None:
    """Remember ``display``."""
    for field in fields(DisplaySettings):
        value = getattr(display, field.name)
        settings.setValue(f"audio/look/{field.name}",
                          str(value).lower() if isinstance(value, bool) else value)
