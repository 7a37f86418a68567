"""Several tags for each image, or a number: learned, judged and told like classes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tests.evaluation.test_report import Checker
from workbench.cli import main
from workbench.core.errors import WorkbenchError
from workbench.engine.export.export import export_run
from workbench.engine.training.control import TrainControl
from workbench.engine.training.preflight import preflight
from workbench.engine.training.record import EventReporter
from workbench.engine.training.train import train
from workbench.extension.model import ModelContext
from workbench.formats.scores import load_scores
from workbench.gui.train.class_previews import sentence
from workbench.gui.train.history import PreviewImage, RunHistory
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Epoch, Preview
from workbench.jobs.protocol import decode_event
from workbench.project.runs import RunFolder
from workbench.tasks.image_classification.dataset import ImageFacts, LabelledImage
from workbench.tasks.image_classification.engine.objectives import objective_of
from workbench.tasks.image_classification.engine.stored import thresholds_of
from workbench.tasks.image_classification.engine.task import TASK
from workbench.tasks.image_classification.engine.validation import ImageValidator
from workbench.tasks.image_classification.linear import fit_number
from workbench.tasks.image_classification.tags import fit_tags

COUNT = 36


def make(folder: Path, kind: str, side: int = 64, images: int = COUNT) -> Path:
    """Images of which some are red and some have a cross (tags), or of one grey (its number)."""
    folder.mkdir()
    chance = np.random.default_rng(0)
    rows = [f"file,{kind}"]
    for number in range(images):
        red, cross, grey = number % 2 == 0, number % 3 == 0, 40 + 5 * number
        pixels = chance.integers(0, 60, (side, side, 3)).astype(np.uint8)
        if kind == "tags":
            pixels[..., 0] += 180 * red
            if cross:
                middle = slice(side // 2 - 5, side // 2 + 5)
                pixels[middle], pixels[:, middle] = 255, 255
        else:
            pixels[:] = grey + chance.integers(0, 5, (side, side, 1))
        Image.fromarray(pixels).save(folder / f"{number:02d}.png")
        tags = [name for name, there in (("red", red), ("cross", cross)) if there] or ["none"]
        rows.append(f"{number:02d}.png,{';'.join(tags) if kind == 'tags' else grey}")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def trained(folder: Path, recipe: str, epochs: int) -> RunFolder:
    settings = {} if recipe == "instant" else {"batch_size": 8}
    return train(folder, TrainRequest(device="cpu", recipe=recipe, settings=settings,
                                      epochs=None if recipe == "instant" else epochs),
                 lambda event: None, TrainControl())


def previewed(kind: str, labels: list[str], answers: list[list[float]]) -> list[PreviewImage]:
    """What the window reads of a validation of three images."""
    samples = [LabelledImage(f"{at}.png", Path(f"{at}.png"), label)
               for at, label in enumerate(labels)]
    model: Any = None
    validator = ImageValidator(model, model, 0, samples, ["dark", "red"], torch.device("cpu"),
                               kind)  # type: ignore[arg-type]  # one of its literals
    shown = [validator.show(at, np.array(row, np.float32)) for at, row in enumerate(answers)]
    rows = RunHistory.of("run", [Preview("job", 1, shown)]).previews.values()
    return [row[-1] for row in rows]


def test_previews_of_tags_and_numbers_say_what_is_wrong() -> None:
    right, missed, both = previewed("tags", ["red;dark", "dark;red", "red"],
                                    [[0.9, 0.6], [0.8, 0.3], [0.7, 0.2]])
    assert (right.truth, right.taken, right.verdict) == ("dark, red", "dark, red", "recognised")
    assert right.right and right.score == pytest.approx(0.6)
    assert (missed.taken, missed.verdict, missed.right) == ("dark", "−red", False)
    assert sentence(both) == "Epoch 1: 2.png is red, +dark −red (dark)"
    near, far, exact = previewed("number", ["10", "20", "30"], [[11.0], [4.5], [30.0]])
    assert near.right and near.taken == "11" and not far.right and far.verdict == "off by −15.5"
    assert exact.score == 1.0 > near.score > far.score > 0


@pytest.mark.parametrize(("recipe", "epochs"), [("instant", 1), ("lenet-5", 12)])
def test_tags_are_learned_and_told(
    recipe: str, epochs: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make(tmp_path / "tags", "tags", *((28,) if recipe == "lenet-5" else (64, 24)))
    run = trained(project, recipe, epochs)
    assert run.state["state"] == "finished" and run.config["kind"] == "tags"
    assert run.config["classes"] == ["cross", "none", "red"]
    assert run.state["metrics"]["test"]["map"] > 0.8
    thresholds = load_scores(run.predictions_path("val")).meta["thresholds"]
    assert set(thresholds) == {"cross", "none", "red"}
    exported = export_run(project, run, tmp_path / "model.onnx", lambda event: None)
    assert exported["score_difference"] < 1e-3
    found = TASK.predict(run, [project / "00.png", project / "02.png"], EventReporter(print),
                           "cpu").items
    assert found[0]["labels"] == [name for name, score in found[0]["scores"].items()
                                  if score >= thresholds[name]]
    assert "red" in found[0]["labels"] and found[0]["label"] == ";".join(found[0]["labels"])
    capsys.readouterr()
    if recipe == "lenet-5":
        assert main(["explain", str(project), "02.png", "--class", "red"]) == 0
        assert "the score of red" in capsys.readouterr().out
    assert main(["evaluate", str(project), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["kind"] == "tags" and {item["name"] for item in data["per_tag"]} == set(thresholds)
    assert data["f1"] == pytest.approx(run.state["metrics"]["test"]["f1"], abs=1e-6)
    assert all(item["threshold"] == thresholds[item["name"]] for item in data["per_tag"])
    page = tmp_path / "tags.html"
    assert main(["evaluate", str(project), "--report", str(page)]) == 0
    assert "average precision" in capsys.readouterr().out
    html = page.read_text("utf-8")
    Checker().feed(html)
    assert "Precision over recall" in html and "All decisions" in html
    assert f"{data['map']:.3f}" in html


# "instant" in tests/reliability/test_variants.py
@pytest.mark.parametrize(("recipe", "epochs"), [("lenet-5", 12)])
def test_a_number_is_learned_and_told(
    recipe: str, epochs: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make(tmp_path / "numbers", "number", 28 if recipe == "lenet-5" else 64)
    run = trained(project, recipe, epochs)
    assert run.state["metrics"]["test"]["r2"] > 0.6
    losses = [event.metrics["val_loss"] for line in run.lines()
              if isinstance(event := decode_event(line), Epoch)]
    assert losses and max(losses) < 2, "in deviations, as the loss of training"
    assert main(["predict", str(project), str(project / "30.png"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    first = found[0] if isinstance(found, list) else found
    exported = export_run(project, run, tmp_path / "model.onnx", lambda event: None)
    assert exported["score_difference"] < 0.01  # of numbers up to 220
    assert first["value"] == pytest.approx(40 + 5 * 30, abs=60) and "scores" not in first
    if recipe == "lenet-5":
        assert main(["explain", str(project), "30.png"]) == 0
        assert "the bright places changes the number most" in capsys.readouterr().out
    assert main(["evaluate", str(project), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["kind"] == "number" and data["rmse"] >= data["mae"] > 0
    page = tmp_path / "numbers.html"
    assert main(["evaluate", str(project), "--report", str(page)]) == 0
    html = page.read_text("utf-8")
    Checker().feed(html)
    assert f"{data['mae']:.4g}" in html and html.count("<circle") == 2 * data["samples"]


def test_one_number_for_all_is_refused(tmp_path: Path) -> None:
    project = make(tmp_path / "numbers", "number")
    (project / "labels.csv").write_text(
        "file,number\n" + "".join(f"{n:02d}.png,7\n" for n in range(COUNT)), encoding="utf-8")
    with pytest.raises(WorkbenchError, match="have the number 7"):
        trained(project, "instant", 1)


@pytest.mark.parametrize("kind", ["class", "tags", "number"])
def test_what_could_not_be_read_changes_no_loss(kind: str) -> None:
    facts = ImageFacts(4, (2, 2), 28, False, kind, 5.0, 2.0)  # type: ignore[arg-type]
    objective = objective_of(ModelContext(("a", "b"), {}, facts, "cpu"))
    columns = 1 if kind == "number" else 2
    logits = torch.randn(3, columns, generator=torch.Generator().manual_seed(0))
    targets = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])[:, :columns]
    more = torch.cat([targets, torch.full((1, columns), torch.nan)])
    whole = objective.loss(torch.cat([logits, torch.full((1, columns), 9.0)]), more, 0.1)
    assert torch.allclose(whole, objective.loss(logits, targets, 0.1))
    if kind == "tags":
        wanted = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)
        assert torch.allclose(objective.loss(logits, targets, 0.0), wanted)
    if kind == "number":
        assert torch.allclose(objective.answers()(torch.zeros(1, 1)), torch.tensor([[5.0]]))


def test_fits_of_tags_and_numbers() -> None:
    chance = np.random.default_rng(0)
    features = chance.normal(size=(60, 100)).astype(np.float32)
    tags = np.stack([features[:, 0] > 0, features[:, 1] > 0.3], 1).astype(np.float32)
    weight, bias = fit_tags(features, tags, 1.0)
    assert ((features @ weight.T + bias > 0) == (tags > 0)).mean() > 0.95
    known = chance.normal(size=(200, 5)).astype(np.float32)
    numbers = known @ np.array([2, 0, -1, 0, 0.5], np.float32) + 7
    weight, bias = fit_number(known, numbers)
    np.testing.assert_allclose(weight, [[2, 0, -1, 0, 0.5]], atol=0.02)
    assert bias[0] == pytest.approx(7, abs=0.02)


@pytest.mark.parametrize(("kind", "words"), [("tags", "36 images, 3 tags: "),
                                             ("number", "36 images, a number for each: ")])
def test_what_is_learned_is_called_what_it_is(kind: str, words: str, tmp_path: Path) -> None:
    project = make(tmp_path / kind, kind, 28)
    found = preflight(project, TrainRequest(recipe="lenet-5", device="cpu"), lambda event: None,
                      TrainControl())
    assert found.words.startswith(words) and f", {found.labels}: " in words


def test_a_few_images_choose_no_threshold() -> None:
    scores = np.linspace(0.01, 0.3, 12, dtype=np.float32)[:, None]

    def threshold(having: int) -> float:
        labels = [""] * (12 - having) + ["red"] * having
        samples = [LabelledImage(f"{place}.png", Path(), label)
                   for place, label in enumerate(labels)]
        return thresholds_of(scores, samples, ["red"])["red"]

    assert [threshold(having) for having in (1, 4, 8, 11)] == [0.5] * 4
    assert all(scores[11 - having, 0] < threshold(having) < scores[12 - having, 0]
               for having in (5, 7))


def test_settings_that_mean_nothing_for_numbers_are_told(tmp_path: Path) -> None:
    project = make(tmp_path / "numbers", "number", images=8)
    for recipe, settings, said in (
        ("instant", {"balance": True}, ["“Balance classes” changes nothing: each image has a "
                                        "number"]),
        ("lenet-5", {"smoothing": 0.2}, ["“Label smoothing” changes nothing: each image has a "
                                         "number"]),
        ("lenet-5", {}, [])):
        asked = TrainRequest(recipe=recipe, device="cpu", settings=settings)
        found = preflight(project, asked, lambda event: None, TrainControl())
        assert [line for line in found.warnings if "changes nothing" in line] == said
