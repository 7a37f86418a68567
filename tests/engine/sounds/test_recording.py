"""Long recordings are read in parts, and give what the whole would give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.engine.models.card import ModelCard
from workbench.engine.sounds import recording
from workbench.engine.sounds import store as store_module
from workbench.engine.sounds.recording import (
    LoudestStretch,
    Recording,
    StoredSamples,
    loudest_in,
    prepare_waveform,
)
from workbench.engine.sounds.store import ClipStore
from workbench.extension.sounds import SoundContext, SoundFacts
from workbench.media.sounds.clip import ClipReader, read_clip
from workbench.project.datasets.sounds import SoundSample
from workbench.tasks.sound_classification.engine.clips import Cutter
from workbench.tasks.sound_classification.engine.features import (
    FeatureSettings,
)
from workbench.tasks.sound_classification.engine.model import SoundClassifier
from workbench.tasks.sound_classification.engine.predict import SoundPredictor

FEATURES = FeatureSettings(sample_rate=8000, seconds=0.4, n_fft=256, hop_length=80, n_mels=32,
                           high=4000.0)


def noise(path: Path, seconds: float, rate: int, channels: int = 1) -> Path:
    wave = np.random.default_rng(3).normal(size=(round(seconds * rate), channels)) * 0.1
    soundfile.write(path, wave.astype(np.float32), rate, subtype="FLOAT")
    return path


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000, 6000])
@pytest.mark.parametrize("channels", [1, 2])
def test_parts_are_those_of_the_whole(tmp_path: Path, rate: int, channels: int) -> None:
    path = noise(tmp_path / "long.wav", 3.0117, rate, channels)
    waveform, _ = read_clip(path)
    whole = prepare_waveform(waveform, rate, FEATURES).numpy()
    sound = Recording(path, FEATURES)
    assert len(sound) == len(whole)
    assert np.allclose(sound[:], whole, atol=1e-6)
    for start, stop in ((0, 1), (0, 999), (7001, 7002), (12345, 20000), (len(whole) - 5, 10**9)):
        assert np.allclose(sound[start:stop], whole[start:stop], atol=1e-6), (start, stop)
    assert np.allclose(np.concatenate(list(sound.blocks(1003))), whole, atol=1e-6)
    assert len(sound[30_000:40_000]) == 0


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(1, 30),
       st.integers(0, 99))
@settings(max_examples=60)
def test_the_loudest_stretch_is_found_block_by_block(
    sizes: list[int], length: int, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    blocks = [chance.normal(size=size).astype(np.float32) for size in sizes]
    whole = np.concatenate(blocks)
    found = LoudestStretch(length)
    for block in blocks:
        found.hear(block)
    if len(whole) >= length:
        power = [np.square(whole[start : start + length].astype(np.float64)).sum()
                 for start in range(len(whole) - length + 1)]
        assert found.start == int(np.argmax(power))


def test_long_clips_are_stored_and_nothing_is_read_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "LARGE", 20_000)
    monkeypatch.setattr(recording, "BLOCK", 2_000)
    path = noise(tmp_path / "long.wav", 4.0, 16000)
    sound = Recording(path, FEATURES)
    whole = sound[:]
    asked: list[int] = []
    read = ClipReader.read
    monkeypatch.setattr(ClipReader, "read", lambda self, start, stop: (
        asked.append(min(stop, self.info.frames) - start), read(self, start, stop))[1])
    sample = SoundSample("long.wav", path, 0.0, 4.0, "a")
    for folder in (tmp_path / "cache", None):
        store = ClipStore([path], FEATURES, 1 << 20, folder, 1)
        samples, = store.get([0])
        assert isinstance(samples, StoredSamples) == (folder is not None)
        assert np.allclose(Cutter(FEATURES)(samples, sample).numpy(),
                           Cutter(FEATURES)(whole, sample).numpy(), atol=1e-6)
        assert loudest_in(samples, 100, 9000, 800) == loudest_in(whole, 100, 9000, 800)
        store.close()
    assert max(asked) < 4 * recording.BLOCK, "no more than a block at a time"


def test_a_disk_that_refuses_costs_time_and_not_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "LARGE", 20_000)
    (tmp_path / "file").write_text("in the way")
    path = noise(tmp_path / "long.wav", 4.0, 16000)
    store = ClipStore([path], FEATURES, 1 << 20, tmp_path / "file", 1)
    samples, = store.get([0])
    assert isinstance(samples, Recording)
    assert np.array_equal(samples[5000:6000], Recording(path, FEATURES)[5000:6000])
    store.close()


def test_a_long_recording_is_listened_to_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rate, seconds = 16000, 60
    wave = np.random.default_rng(0).normal(size=rate * seconds) * 0.001
    for at in (3, 20, 41):
        wave[at * rate : (at + 1) * rate] += 0.3 * np.sin(np.arange(rate) / 3)
    wave[41 * rate : 42 * rate] *= 2
    path = tmp_path / "night.wav"
    soundfile.write(path, wave, rate)
    bands = {"a": (100.0, 20_000.0), "b": (9000.0, 20_000.0)}
    facts = SoundFacts(9, FEATURES.to_json(), (3, 3), bands=bands)
    torch.manual_seed(0)
    model = SoundClassifier("cnn", SoundContext(("a", "b"), {"strength": 0.0}, facts, "cpu"))
    card = ModelCard("m", "sound-cnn-plain", ("a", "b"), {}, {"sounds": facts.to_json()},
                     model.input_size)
    predictor = SoundPredictor(model, card, torch.device("cpu"))
    predictor.least = 0.5  # it has learned nothing
    most: list[int] = []
    part = Recording.__getitem__
    monkeypatch.setattr(Recording, "__getitem__", lambda self, wanted: (
        most.append(wanted.stop - wanted.start), part(self, wanted))[1])
    heard, = predictor.listen_to([path])
    assert heard.regions is not None
    assert {round(item.start) for item in heard.regions} >= {3, 20, 41}
    assert all(any(abs(item.start - at) < 1.5 for at in (3, 20, 41)) for item in heard.regions)
    assert {item.label: item.band for item in heard.regions}.items() <= {
        "a": (100.0, 8000.0), "b": None}.items(), "as far as the recording holds them"
    assert max(most) < 8000 * seconds // 4
    samples = Recording(path, FEATURES)[0 : 8000 * seconds]
    whole = SoundSample("night.wav", path, 0.0, seconds, "")
    window = Cutter(FEATURES)(samples, whole)
    assert np.allclose(heard.scores, predictor.score(window[None])[0], atol=1e-4)

