"""A detector of calls as an ONNX file: from the waveform to the same calls."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import made_calls
import numpy as np
import onnxruntime
import pytest
import soundfile
import torch

from workbench.engine.export.export import export_run
from workbench.engine.models.saved import load_model
from workbench.engine.training.control import TrainControl
from workbench.engine.training.train import train
from workbench.extension.engine_task import SilentReporter
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Event
from workbench.project.runs import RunFolder
from workbench.tasks.sound_detection.engine.predict import predict_each
from workbench.tasks.sound_detection.engine.spectrum import SpectrumSettings, pictures, pictures_of

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "export.md"


def nothing(event: Event) -> None:
    pass


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that has learned a little, with windows that are shorter than many calls."""
    project = made_calls.make_calls(tmp_path_factory.mktemp("night"), recordings=4, seconds=4,
                                    calls=7)
    return train(project, TrainRequest(device="cpu", recipe="calls-n", epochs=5, settings={
        "batch_size": 4, "lr": 0.01, "seconds": 1.0}), nothing, TrainControl())


@pytest.fixture(scope="module")
def exported(trained: RunFolder) -> Path:
    file = trained.path / "calls.onnx"
    result = export_run(trained.project, trained, file, nothing, score_thresh=0.1, nms_thresh=0.4)
    assert "recording" in result["words"] and "steps of the spectrum" in result["words"]
    assert result["checked"] and result["box_difference"] < 0.01
    return file


def test_all_that_is_found_in_a_window_is_in_the_file(trained: RunFolder, exported: Path) -> None:
    session = onnxruntime.InferenceSession(exported.read_bytes(),
                                           providers=["CPUExecutionProvider"])
    texts = session.get_modelmeta().custom_metadata_map
    told = {name: json.loads(text) for name, text in texts.items()}
    assert told["task"] == "sound-detection" and told["classes"] == list(made_calls.CLASSES)
    assert (told["score_thresh"], told["nms_thresh"]) == (0.1, 0.4)
    model, card = load_model(trained.best_path, "cpu")
    settings = SpectrumSettings.from_json(card.facts["spectrum"])
    assert told["input"]["samples"] == settings.samples
    assert told["spectrum"]["high"] == settings.high
    waves = torch.randn(3, settings.samples, generator=torch.Generator().manual_seed(1)) * 0.1
    boxes, scores = session.run(["boxes", "scores"], {"waveform": waves.numpy()})
    model.module.eval()
    for wave, theirs, sure in zip(waves, boxes, scores, strict=True):
        [(cells, own, labels)] = model.find(wave[None])
        best = np.sort(sure.ravel())[::-1][:len(own)]
        np.testing.assert_allclose(best, own.numpy(), atol=1e-4)
        if len(own):
            place = np.unravel_index(sure.argmax(), sure.shape)
            assert place[1] == labels[0]
            np.testing.assert_allclose(
                theirs[place[0]], settings.in_sound(cells[:1].double().numpy(), 0.0)[0], rtol=1e-3)


def test_the_example_in_the_guide_finds_the_same_calls(trained: RunFolder, exported: Path,
                                                       tmp_path: Path) -> None:
    files = sorted(trained.project.rglob("*.wav"))[:2]
    for name, seconds in (("short", 0.3), ("long", 9.0)):
        made = made_calls.made_recording(9.0, 9, 5)
        files.append(tmp_path / f"{name}.wav")
        soundfile.write(files[-1], made.samples[:round(seconds * made_calls.RATE)],
                        made_calls.RATE)
    script = tmp_path / "calls.py"
    script.write_text(GUIDE.read_text("utf-8").split("```python\n")[4].split("```")[0], "utf-8")
    done = subprocess.run([sys.executable, "-W", "error", script, exported, *files],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    own = [(answer["file"], item) for answer in predict_each(
        trained, files, SilentReporter(), "cpu", score_thresh=0.1, nms_thresh=0.4)
        if isinstance(answer, dict) for item in answer["regions"]]
    assert len(told) == len(own) > 10

    def rows(items: list[tuple[str, dict[str, float]]]) -> list[tuple[object, ...]]:
        return sorted((file, item["label"], item["start"], item["low"], item["end"], item["high"],
                       item["score"]) for file, item in items)

    for one, other in zip(rows([(line["file"], line) for line in told]), rows(own), strict=True):
        assert one[:2] == other[:2]
        np.testing.assert_allclose(np.array(one[2:], np.float64), np.array(other[2:], np.float64),
                                   rtol=1e-4, atol=0.1)


def test_the_picture_is_that_of_training() -> None:
    from workbench.engine.sounds.fourier import Fourier

    settings = SpectrumSettings(48_000, 256, 83, 128, 160)
    waves = torch.randn(2, settings.samples, generator=torch.Generator().manual_seed(2)) * 0.1
    bins = min(settings.rows, settings.n_fft // 2 + 1)
    own = pictures_of(Fourier(settings.n_fft, settings.hop_length, bins)(waves), settings)
    torch.testing.assert_close(own, pictures(waves, settings), atol=1e-3, rtol=1e-3)
