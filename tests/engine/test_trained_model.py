"""What a trained model is asked afterwards: its stored predictions, and itself from its file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine.steering import Listener, request
from workbench.core.errors import UsageError
from workbench.engine.training.record import EventReporter
from workbench.engine.training.train import train
from workbench.formats.predictions import load_predictions
from workbench.tasks.detection.engine.predict import Predictor, ensure_predictions


def test_predictions_are_made_once_and_again_for_new_images(
    project: Path, listen: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train(project, request(2), listen, listen.control)
    looked: list[int] = []
    real = Predictor.predict_raw

    def count(self: Predictor, paths: Any, *rest: Any) -> Any:
        listed = list(paths)
        looked.append(len(listed))
        return real(self, listed, *rest)

    monkeypatch.setattr(Predictor, "predict_raw", count)
    before = run.predictions_path("test").read_bytes()
    path = ensure_predictions(project, run, "test", EventReporter(listen))
    assert path.read_bytes() == before and not looked
    split = project / "splits" / "default.json"
    data = json.loads(split.read_text())
    data["test"].append(data["train"].pop())
    split.write_text(json.dumps(data))
    ensure_predictions(project, run, "test", EventReporter(listen))
    assert looked == [1] and len(load_predictions(path)) == 4
    path.write_bytes(b"damaged")
    ensure_predictions(project, run, "test", EventReporter(listen))
    assert looked == [1, 4]
    with pytest.raises(UsageError):
        ensure_predictions(project, run, "nope", EventReporter(listen))


def test_a_saved_model_finds_the_same_again(project: Path, listen: Listener) -> None:
    run = train(project, request(8), listen, listen.control)
    stored = load_predictions(run.predictions_path("test"))
    predictor = Predictor.load(run, "cpu")
    found = list(predictor.predict_raw([project / key for key in stored.files]))
    for item, size, detections in zip(found, stored.sizes, stored.detections, strict=True):
        assert item.size == size
        torch.testing.assert_close(torch.from_numpy(item.raw.boxes),
                                   torch.from_numpy(detections.boxes))
        assert item.raw.labels.tolist() == detections.labels.tolist()
    whole = stored.detections[0]
    assert (whole.scores[:-1] >= whole.scores[1:]).all() and whole.scores.min() >= 0.01
    assert whole.boxes.min() >= 0 and whole.boxes[:, 2].max() <= stored.sizes[0][0]
