"""A classifier of sounds as an ONNX file: from the waveform to the same scores."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import soundfile
import torch

from workbench.engine.export.export import export_run
from workbench.jobs.events import Event
from workbench.project.runs import RunFolder
from workbench.tasks.sound_classification.engine.features import FeatureSettings, magnitudes
from workbench.tasks.sound_classification.engine.predict import SoundPredictor
from workbench.tasks.sound_classification.engine.traceable import Spectrum

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "export.md"


def nothing(event: Event) -> None:
    pass


def test_the_same_scores_from_the_waveform(heard: RunFolder, tmp_path: Path) -> None:
    file = tmp_path / "sounds.onnx"
    result = export_run(heard.project, heard, file, nothing)
    assert result["checked"] == 8 and result["score_difference"] < 0.001
    assert "On 8 sounds and noise it finds the same: scores to" in result["words"]
    session = onnxruntime.InferenceSession(file.read_bytes(), providers=["CPUExecutionProvider"])
    texts = session.get_modelmeta().custom_metadata_map
    told = {name: json.loads(text) for name, text in texts.items()}
    predictor = SoundPredictor.load(heard, "cpu")
    assert told["task"] == "audio-classification" and told["classes"] == list(predictor.classes)
    assert told["input"]["sample_rate"] == predictor.features.sample_rate
    assert told["features"]["n_mels"] == predictor.features.n_mels
    windows = torch.randn(5, told["input"]["samples"], generator=torch.Generator().manual_seed(1))
    scores, = session.run(["scores"], {"waveform": windows.numpy()})
    own = predictor.score(windows)
    np.testing.assert_allclose(scores[:, : own.shape[1]], own, atol=1e-4)


def test_the_example_in_the_guide_hears_the_same(heard: RunFolder, tmp_path: Path) -> None:
    export_run(heard.project, heard, tmp_path / "sounds.onnx", nothing)
    predictor = SoundPredictor.load(heard, "cpu")
    clips = sorted(heard.project.rglob("*.wav"))[::4]
    rate = predictor.features.sample_rate
    for name, seconds in (("short", 0.1), ("long", 3.1)):
        chance = np.random.default_rng(int(10 * seconds))
        loud = np.linspace(0, 1, round(seconds * rate)) ** 3
        clips.append(tmp_path / f"{name}.wav")
        soundfile.write(clips[-1], chance.normal(0, 0.2, len(loud)) * loud, rate)
    script = tmp_path / "hear.py"
    script.write_text(GUIDE.read_text("utf-8").split("```python\n")[2].split("```")[0], "utf-8")
    done = subprocess.run([sys.executable, "-W", "error", script, tmp_path / "sounds.onnx", *clips],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    own = list(predictor.listen_to(clips))
    assert len(told) == len(own) == len(clips) > 8
    for line, item in zip(told, own, strict=True):
        assert line["file"] == str(item.path)
        np.testing.assert_allclose(list(line["scores"].values()), item.scores, atol=1e-3)


def test_the_spectrum_is_that_of_training() -> None:
    settings = FeatureSettings(sample_rate=8000, seconds=0.37, n_fft=256, hop_length=83)
    windows = torch.randn(3, settings.samples, generator=torch.Generator().manual_seed(2)) * 0.1
    torch.testing.assert_close(Spectrum(settings)(windows), magnitudes(windows, settings),
                               atol=1e-4, rtol=1e-4)
