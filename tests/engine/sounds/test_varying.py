"""Variations change what they should and stay reproducible."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import tiny_sounds
import torch

from workbench.core.errors import FormatError
from workbench.engine import seeds
from workbench.tasks.sound_classification.engine.augment import (
    AUGMENTATIONS,
    SoundVariation,
    mask,
    vary,
)
from workbench.tasks.sound_classification.engine.explain import explain_sound
from workbench.tasks.sound_classification.engine.features import FeatureSettings, fitted

FEATURES = FeatureSettings(sample_rate=8000, seconds=0.5, n_fft=256, hop_length=80, n_mels=32,
                           high=4000.0)


@pytest.mark.parametrize("item", AUGMENTATIONS, ids=lambda item: item.id)
def test_a_variation_is_drawn_from_its_seed(item: SoundVariation) -> None:
    magnitude = torch.rand(6, 65, 40, generator=seeds.generator(0, "magnitude"))
    once = item.apply(magnitude, seeds.generator(1, "x"), 1.0)
    again = item.apply(magnitude, seeds.generator(1, "x"), 1.0)
    other = item.apply(magnitude, seeds.generator(2, "x"), 1.0)
    assert once.shape == magnitude.shape and torch.isfinite(once).all() and (once >= 0).all()
    assert torch.equal(once, again) and not torch.equal(once, other)
    assert not torch.equal(once, magnitude)


def test_no_strength_changes_nothing() -> None:
    magnitude = torch.rand(3, 65, 40)
    assert torch.equal(vary(magnitude, seeds.generator(0), {"strength": 0.0}), magnitude)


def test_a_lower_voice_moves_all_formants_down() -> None:
    magnitude = torch.zeros(64, 129, 20)
    magnitude[:, 60] = 1.0
    voice = next(item for item in AUGMENTATIONS if item.id == "voice")
    peaks = voice.apply(magnitude, seeds.generator(0, "v"), 1.0).mean(2).argmax(1)
    assert peaks.min() < 55 and peaks.max() > 65  # both ways, by up to a quarter
    assert peaks.min() >= 60 / 1.28 and peaks.max() <= 60 * 1.28


def test_masks_hide_a_band_and_a_moment() -> None:
    seen = mask(torch.ones(200, 30, 50), seeds.generator(0), 1.0)
    hidden = seen == 0
    rows, frames = hidden.all(2).sum(1), hidden.all(1).sum(1)
    assert 0 < rows.max() <= 0.18 * 30 and 0 < frames.max() <= 0.18 * 50


def test_what_the_model_sees(tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    soundfile.write(path, tiny_sounds.sound("high", 1), 8000)
    views = explain_sound(path, FEATURES, {"strength": 1.0}, seed=3)
    assert [view.id for view in views] == [
        "input", *(item.id for item in AUGMENTATIONS), "mask", "all"]
    for view in views:
        assert view.tensor.shape == (32, FEATURES.frames) and view.tensor.dtype == np.float32
        assert view.audio.shape == (FEATURES.samples,) and np.isfinite(view.audio).all()
    # what is heard of a varied sound is the sound: its strongest tone is still high
    for view in views:
        spectrum = np.abs(np.fft.rfft(view.audio))
        assert 1700 < spectrum.argmax() / len(view.audio) * 8000 < 3300, view.id
    again = explain_sound(path, FEATURES, {"strength": 1.0}, seed=3)
    assert all(np.array_equal(own.tensor, other.tensor)
               for own, other in zip(views, again, strict=True))
    path.write_text("no sound")
    with pytest.raises(FormatError, match=r"clip\.wav"):
        explain_sound(path, FEATURES, {})


def test_settings_fit_the_clips() -> None:
    digits = fitted([8000] * 20, [0.4] * 18 + [0.6, 2.0])
    assert (digits.sample_rate, digits.n_fft, digits.high) == (8000, 256, 4000.0)
    assert digits.seconds == 0.5
    birds = fitted([48000] * 20, [9.0] * 20)
    assert (birds.sample_rate, birds.seconds, birds.n_mels) == (16000, 3.0, 48)
    assert birds == fitted([48000] * 20, [9.0] * 20, highest=8100.0), "drawn a little too large"
    crickets = fitted([48000] * 20, [9.0] * 20, highest=9000.0)
    assert (crickets.sample_rate, crickets.high) == (22050, pytest.approx(9900))
    bats = fitted([384000] * 9 + [96000], [1.0] * 10, highest=60_000.0)
    assert (bats.sample_rate, bats.high) == (192_000, pytest.approx(66_000))
    assert fitted([22050] * 3 + [48000], [1.0], highest=20_000.0).high == 11025.0, \
        "as some hold no more"
    assert fitted([48000], [1.0], sample_rate=32_000).high == 16_000.0
