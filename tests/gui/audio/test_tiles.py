"""Tiles cover what is seen, are kept within bounds, and colours follow the choice."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QSettings

from workbench.gui.label.sounds.display import (
    DisplaySettings,
    load_display,
    save_display,
    usual_fft,
)
from workbench.gui.label.sounds.tiles import (
    COLUMNS,
    LOWEST_DB,
    TileFiles,
    TileId,
    TileMemory,
    decibel_of,
    level_for,
    tiles_between,
    to_stored,
    top_level,
)
from workbench.gui.label.sounds.time_view import TimeView, tick_step
from workbench.media.sounds.colormap import STOPS, color_table
from workbench.media.sounds.spectrogram import SpectrogramSettings

HOUR = 3600 * 48_000


@given(frames=st.integers(1, HOUR), start=st.floats(0, 1), width=st.floats(1e-6, 1),
       hop=st.sampled_from([16, 64, 256]))
def test_tiles_cover_what_is_seen_and_are_few(frames: int, start: float, width: float,
                                              hop: int) -> None:
    first = start * (frames - 1)
    last = min(float(frames), first + max(1.0, width * frames))
    level = level_for((last - first) / 1400, hop, frames)
    ids = tiles_between(first, last, level, hop, frames)
    assert ids[0].start(hop) <= first and ids[-1].end(hop) >= last - 1
    assert all(a.end(hop) == b.start(hop) for a, b in pairwise(ids))
    assert len(ids) <= 10
    assert TileId(top_level(hop, frames), 0).end(hop) >= frames


def test_memory_is_bounded_and_keeps_what_is_used() -> None:
    memory = TileMemory(3)
    tile = np.zeros((4, COLUMNS), np.uint8)
    for number in range(3):
        memory.put(TileId(0, number), tile)
    memory.get(TileId(0, 0))
    memory.put(TileId(0, 3), tile)
    assert len(memory) == 3
    assert memory.get(TileId(0, 0)) is not None and memory.get(TileId(0, 1)) is None


def test_tiles_on_disk_belong_to_one_file_and_one_setting(tmp_path: Path) -> None:
    clip = tmp_path / "a.wav"
    clip.write_bytes(b"sound")
    settings = SpectrogramSettings(bins=4)
    tile = np.arange(4 * COLUMNS, dtype=np.uint8).reshape(4, COLUMNS)
    TileFiles(tmp_path / "cache", clip, settings).save(TileId(3, 1), tile)
    kept = TileFiles(tmp_path / "cache", clip, settings).load(TileId(3, 1))
    assert kept is not None
    np.testing.assert_array_equal(kept, tile)
    other = SpectrogramSettings(bins=4, n_fft=512)
    assert TileFiles(tmp_path / "cache", clip, other).load(TileId(3, 1)) is None
    clip.write_bytes(b"another sound")
    assert TileFiles(tmp_path / "cache", clip, settings).load(TileId(3, 1)) is None


@pytest.mark.parametrize("decibel", [-120.0, -60.5, -3.0])
def test_stored_loudness_is_exact_to_half_a_decibel(decibel: float) -> None:
    (value,) = to_stored(np.full((1, 1), decibel, np.float32)).ravel()
    assert decibel_of(int(value)) == pytest.approx(decibel, abs=0.52)


def test_colours_span_the_chosen_range() -> None:
    display = DisplaySettings(floor_db=-50, ceiling_db=0, follow=True, colormap="gray")
    palette = display.palette(-20.0)
    for decibel, expected in ((-70.0, 0), (-45.0, 128), (-20.0, 255), (0.0, 255)):
        byte = round((decibel + 130) / 130 * 255)
        assert palette[byte] & 0xFF == pytest.approx(expected, abs=4)


def test_a_look_is_remembered_and_nonsense_is_not(tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "a.ini"), QSettings.Format.IniFormat)
    display = DisplaySettings(scale="log", n_fft=1024, overlap=8, floor_db=-90, follow=False,
                colormap="viridis")
    save_display(settings, display)
    assert load_display(settings) == display
    settings.setValue("audio/look/n_fft", "many")
    assert load_display(settings).n_fft == 0
    settings.setValue("audio/look/colormap", "jet")
    assert load_display(settings) == DisplaySettings()


@pytest.mark.parametrize(("rate", "size"), [(8000, 256), (16000, 512), (48000, 1024)])
def test_windows_last_twenty_to_thirty_milliseconds(rate: int, size: int) -> None:
    assert usual_fft(rate) == size


@given(duration=st.floats(0.01, 7200), steps=st.lists(
    st.tuples(st.sampled_from(["zoom", "pan", "follow"]), st.floats(-3, 3), st.floats(0, 1)),
    max_size=12))
def test_the_view_never_leaves_the_clip(
        duration: float, steps: list[tuple[str, float, float]]) -> None:
    view = TimeView(width=800)
    view.set_clip(duration, 48_000)
    for what, amount, at in steps:
        if what == "zoom":
            view.zoom(2.0 ** amount, view.start + at * view.span)
        elif what == "pan":
            view.pan(amount * view.span)
        else:
            view.follow(at * duration)
            assert view.start - 1e-6 <= at * duration <= view.end + 1e-6
        assert view.start >= 0 and view.span > 0
        assert view.end <= duration * (1 + 1e-9) + 1e-3
        assert view.seconds(view.x(at * duration)) == pytest.approx(at * duration, abs=1e-6)


@given(span=st.floats(1e-4, 7200), ticks=st.floats(2, 20))
def test_marks_are_round_and_not_too_many(span: float, ticks: float) -> None:
    assert span / tick_step(span, ticks) <= ticks * 1.001


@pytest.mark.parametrize("loudest", [LOWEST_DB, -100.0, -20.0])
def test_what_is_stored_as_nothing_is_drawn_as_nothing(loudest: float) -> None:
    """Digital silence lies at the bottom of the colours, also where a clip holds nothing else."""
    for name in STOPS:
        palette = DisplaySettings(colormap=name).palette(loudest)
        red, green, blue = (int(part) for part in color_table(name)[0])
        assert palette[0] == 0xFF000000 | red << 16 | green << 8 | blue
