"""Training, prediction and the microphone give the network the very same numbers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.engine.models.card import ModelCard
from workbench.engine.sounds.recording import Recording
from workbench.engine.sounds.store import ClipStore
from workbench.extension.sounds import SoundContext, SoundFacts
from workbench.project.datasets.sounds import SoundSample
from workbench.tasks.sound_classification.engine.batches import SoundLoader
from workbench.tasks.sound_classification.engine.clips import Cutter
from workbench.tasks.sound_classification.engine.features import FeatureSettings
from workbench.tasks.sound_classification.engine.listener import Listener
from workbench.tasks.sound_classification.engine.model import SoundClassifier
from workbench.tasks.sound_classification.engine.predict import SoundPredictor

FEATURES = FeatureSettings(sample_rate=8000, seconds=0.4, n_fft=256, hop_length=80, n_mels=32,
                           high=4000.0)
FACTS = SoundFacts(9, FEATURES.to_json(), (3, 3, 3))
CLASSES = ("a", "b", "c")


def model_of(facts: SoundFacts = FACTS, network: str = "cnn") -> SoundClassifier:
    torch.manual_seed(0)
    model = SoundClassifier(network, SoundContext(CLASSES, {"strength": 0.0}, facts, "cpu"))
    model.module.eval()
    return model


@settings(max_examples=25, deadline=None)
@given(rate=st.sampled_from([8000, 11025, 16000, 44100, 48000]), channels=st.integers(1, 2),
       gain=st.floats(0.05, 0.9), seed=st.integers(0, 1000),
       pieces=st.integers(1, 9))
def test_the_network_sees_the_same_everywhere(
    rate: int, channels: int, gain: float, seed: int, pieces: int
) -> None:
    chance = np.random.default_rng(seed)
    count = round(FEATURES.seconds * rate)
    wave = (gain * np.sign(chance.normal(size=(count, channels)))).astype(np.float32)
    wave[:, -1] = wave[:, 0]  # channels that cancel each other out would be silence
    model = model_of()
    card = ModelCard("m", "sound-cnn-plain", CLASSES, {}, {"sounds": FACTS.to_json()},
                     model.input_size)
    predictor = SoundPredictor(model, card, torch.device("cpu"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.wav"
        soundfile.write(path, wave, rate, subtype="FLOAT")
        [file] = predictor.listen_to([path])
        sample = SoundSample("clip.wav", path, 0.0, count / rate, "a")
        store = ClipStore([path], FEATURES, 1 << 20, Path(folder), 1)
        loader = SoundLoader(store, [sample], model, FEATURES, CLASSES, False,
                             {"strength": 0.0}, 0, torch.device("cpu"))
        batch = loader.make(np.array([0]), 1, 0, 0.0)
        store.close()
    trained = model.module[1](batch.inputs).softmax(1)[0]
    listener = Listener(predictor, rate, channels, gate_db=-90)
    for part in np.array_split(wave.T, pieces, axis=1):
        listener.feed(part)
    live = predictor.score(listener.window()[0][None])[0]
    assert np.allclose(file.scores, trained.detach().numpy(), atol=1e-6)
    assert np.allclose(file.scores, live, atol=1e-6)


def test_how_loud_it_is_does_not_matter() -> None:
    model = model_of()
    windows = torch.randn(2, FEATURES.samples, generator=torch.Generator().manual_seed(1))
    loud, soft = model.scores(windows), model.scores(windows * 0.01)
    assert torch.allclose(loud, soft, atol=1e-4)


def test_silence_gives_numbers() -> None:
    scores = model_of().scores(torch.zeros(1, FEATURES.samples))
    assert torch.isfinite(scores).all() and scores.sum() == pytest.approx(1.0)


def test_windows_of_long_clips_show_their_region(tmp_path: Path) -> None:
    rate = FEATURES.sample_rate
    wave = np.zeros(rate * 5, np.float32)
    wave[2 * rate : 2 * rate + 800] = 0.5
    path = tmp_path / "long.wav"
    soundfile.write(path, wave, rate, subtype="FLOAT")
    samples = Recording(path, FEATURES)
    cut = Cutter(FEATURES)
    region = SoundSample("long.wav", path, 2.0, 2.1, "a", False)
    window = cut(samples, region).numpy()
    assert len(window) == FEATURES.samples and np.count_nonzero(window) == 800
    assert abs(np.flatnonzero(window).mean() - len(window) / 2) < 2
    moved = {int(np.flatnonzero(cut(samples, region, np.random.default_rng(seed)))[0])
             for seed in range(20)}
    assert len(moved) > 10 and max(moved) - min(moved) <= 0.2 * len(window) + 1
    whole = SoundSample("long.wav", path, 0.0, 5.0, "a")
    assert np.count_nonzero(cut(samples, whole)) == 800  # the loudest stretch holds it all
    background = SoundSample("long.wav", path, 2.4, 4.9, "", False)
    assert not np.count_nonzero(cut(samples, background, np.random.default_rng(3)))


def test_clips_beyond_the_memory_are_kept_on_disk(tmp_path: Path) -> None:
    paths = []
    for index in range(3):
        paths.append(tmp_path / f"{index}.wav")
        soundfile.write(paths[-1], np.full(4000, 0.1 * (index + 1), np.float32), 8000,
                        subtype="FLOAT")
    roomy = ClipStore(paths, FEATURES, 1 << 20, tmp_path / "none", 1)
    tight = ClipStore(paths, FEATURES, 20_000, tmp_path / "cache", 1)
    try:
        for own, other in zip(roomy.get(range(3)), tight.get(range(3)), strict=True):
            assert np.array_equal(own[:], other[:])
        assert len(list((tmp_path / "cache").iterdir())) == 2
        assert not (tmp_path / "none").exists()
    finally:
        roomy.close()
        tight.close()


def test_an_unreadable_clip_is_told_and_silent(tmp_path: Path) -> None:
    path = tmp_path / "text.wav"
    path.write_text("no sound")
    store = ClipStore([path], FEATURES, 1 << 20, tmp_path, 1)
    assert not store.get([0])[0].any()
    assert "text.wav" in store.broken[0]
    store.close()


def test_a_picture_network_takes_colour_weights() -> None:
    model = model_of(network="resnet18")
    colours = torch.randn(64, 3, 7, 7)
    left = model.load_pretrained({"conv1.weight": colours, "fc.weight": torch.zeros(1000, 512)})
    own = model.module.state_dict()
    assert torch.allclose(own["1.body.conv1.weight"], colours.sum(1, keepdim=True))
    assert "1.body.fc.weight" in left and "1.body.conv1.weight" not in left
