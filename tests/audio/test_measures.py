"""Figures of a region against sounds whose figures are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from workbench.core.shapes import Region
from workbench.media.sounds.clip import ClipReader
from workbench.media.sounds.measures import Measures, RegionsBySide, measure

RATE = 16000


def clip(path: Path, samples: np.ndarray) -> ClipReader:
    soundfile.write(path, samples, RATE, subtype="FLOAT")
    return ClipReader(path)


def tone(seconds: float, hertz: float, level: float = 1.0) -> np.ndarray:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)


@pytest.mark.parametrize("seconds", [0.01, 0.5, 20.0])
def test_level_and_peak_of_a_tone(tmp_path: Path, seconds: float) -> None:
    with clip(tmp_path / "a.wav", tone(seconds, 2000)) as reader:
        found = measure(reader, Region(0, seconds, 500, 4000))
    assert found.duration == seconds and (found.low, found.high, found.bandwidth) \
        == (500, 4000, 3500)
    assert found.peak == pytest.approx(2000, abs=RATE / 512)
    assert found.level == pytest.approx(-3.01, abs=0.1), "a full-scale sine"
    assert found.snr is None, "there is nothing beside it"


def test_low_and_high_hold_nine_tenths_of_the_energy(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).standard_normal(10 * RATE) * 0.1
    with clip(tmp_path / "a.wav", noise) as reader:
        found = measure(reader, Region(0, 10))
    assert found.low == pytest.approx(400, abs=60) and found.high == pytest.approx(7600, abs=60)
    assert found.level == pytest.approx(-20, abs=0.1)


def test_signal_to_noise_is_that_of_the_band(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).standard_normal(3 * RATE) * 0.01
    samples = noise.copy()
    samples[RATE:2 * RATE] += tone(1, 3000, 0.1 * np.sqrt(2))  # 20 dB over all noise
    with clip(tmp_path / "a.wav", samples) as reader:
        whole = measure(reader, Region(1, 2, 0, RATE / 2))
        band = measure(reader, Region(1, 2, 2600, 3400))
    assert whole.snr == pytest.approx(20, abs=0.5)
    assert band.snr == pytest.approx(30, abs=0.7), "a tenth of the noise is in a tenth of the band"


def test_other_regions_are_no_noise(tmp_path: Path) -> None:
    samples = np.random.default_rng(2).standard_normal(3 * RATE) * 0.001
    samples[RATE:2 * RATE] += tone(1, 3000, 0.1)
    samples[2 * RATE:] += tone(1, 3000, 0.5)
    loud = Region(2, 3)
    with clip(tmp_path / "a.wav", samples) as reader:
        alone = measure(reader, Region(1, 2))
        told = measure(reader, Region(1, 2), [loud])
    assert alone.snr is not None and told.snr is not None
    assert alone.snr < 0 < 30 < told.snr


def test_digital_silence_has_no_figures(tmp_path: Path) -> None:
    with clip(tmp_path / "a.wav", np.zeros(RATE)) as reader:
        assert measure(reader, Region(0.2, 0.5)) == Measures(pytest.approx(0.3))
        assert measure(reader, Region(0.2, 0.5, 100, 300)).bandwidth == 200


def test_what_lies_beside_a_region_is_found_without_looking_at_all(tmp_path: Path) -> None:
    """Whatever their lengths, figures are those with all others looked at."""
    rng = np.random.default_rng(3)
    lengths = (0.02, 0.3, 2.0, 12.0)
    regions = [Region(start, start + float(rng.choice(lengths)))
               for start in rng.uniform(0, 50, 30).tolist()]
    beside = RegionsBySide(regions)
    with clip(tmp_path / "a.wav", rng.standard_normal(60 * RATE) * 0.1) as reader:
        for region in regions:
            others = [item for item in regions if item is not region]
            assert measure(reader, region, beside.others(region)) == measure(
                reader, region, others)
    alone = RegionsBySide(Region(60.0 * at, 60.0 * at + 1) for at in range(100))
    assert not alone.others(Region(300.0, 301.0))[1:], "the far ones are left out"


@pytest.mark.timeout(20)
def test_a_region_may_end_far_behind_the_sound(tmp_path: Path) -> None:
    with clip(tmp_path / "a.wav", tone(1, 2000)) as reader:
        found = measure(reader, Region(-5.0, 1e12, 500, 4000))
        assert found == replace(measure(reader, Region(0, 1, 500, 4000)), duration=1e12 + 5)


def test_a_band_above_all_that_a_sound_holds_has_no_figures(tmp_path: Path) -> None:
    with clip(tmp_path / "a.wav", tone(1, 2000)) as reader:
        found = measure(reader, Region(0.2, 0.8, RATE / 2 + 1000, RATE))
    assert found == Measures(found.duration, RATE / 2 + 1000, RATE, None, RATE / 2 - 1000)
