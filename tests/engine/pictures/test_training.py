"""Learning classes of images goes through the loop of all tasks: same steering, same files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_pictures
import torch

from workbench.core.errors import WorkbenchError
from workbench.engine.export.export import export_run
from workbench.engine.models.card import read_card
from workbench.engine.models.saved import read_weights
from workbench.engine.models.weight_files import load_weights
from workbench.engine.training.checkpoint import load_checkpoint
from workbench.engine.training.control import TrainControl
from workbench.engine.training.preflight import preflight
from workbench.engine.training.record import EventReporter
from workbench.engine.training.train import resume, train
from workbench.extension.model import ModelContext
from workbench.extension.recipe import LITE0
from workbench.extension.registry import recipes
from workbench.formats.feature_cache import FeatureCache
from workbench.formats.scores import load_scores
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Epoch, Event
from workbench.project.datasets.splits import FROM_FOLDERS, Split, load_split
from workbench.project.runs import RunFolder
from workbench.tasks.image_classification.dataset import (
    NOTE_OWN_VAL,
    ImageFacts,
    by_chance,
    load_images,
    targets_of,
)
from workbench.tasks.image_classification.engine.instant import InstantClassifier, shrinking
from workbench.tasks.image_classification.engine.model import ImageClassifier, build_lite0
from workbench.tasks.image_classification.engine.networks import LeNet5
from workbench.tasks.image_classification.engine.pictures import read_square
from workbench.tasks.image_classification.engine.predict import ensure_scores
from workbench.tasks.image_classification.engine.stored import evaluate_images
from workbench.tasks.image_classification.engine.task import TASK
from workbench.tasks.image_classification.labels import write_labels
from workbench.tasks.image_classification.results import open_images, read_parts


def asked(recipe: str = "lenet-5", **changes: Any) -> TrainRequest:
    settings = changes.pop("settings", {"batch_size": 8})
    return TrainRequest(device="cpu", recipe=recipe, settings=settings, **{"epochs": 2, **changes})


def quiet(event: Event) -> None:
    pass


REPORTER = EventReporter(quiet)


def curve(run: RunFolder) -> list[tuple[int, float, float]]:
    events = [json.loads(line) for line in run.lines()]
    return [(item["epoch"], item["losses"]["loss"], item["metrics"]["val_loss"])
            for item in events if item["event"] == "epoch"]


class CocoDatabase:
    """A store of features."""

    def __init__(self, features: np.ndarray) -> None:
        self.broken: dict[int, str] = {}
        self._features = features

    def get(self, indices: Any) -> np.ndarray:
        return self._features[list(indices)]

    def close(self) -> None:
        pass


# --- the instant recipe ---------------------------------------------------------------------------


def test_instant_learns_and_is_chosen_by_itself(instant: RunFolder) -> None:
    state = instant.state
    assert state["state"] == "finished" and state["metrics"]["test"]["accuracy"] == 1.0
    assert instant.config["recipe"] == "instant"
    assert instant.config["task"] == "image-classification"
    assert len(curve(instant)) == 1
    stored = load_scores(instant.predictions_path("test"))
    assert len(stored) == 3 and np.allclose(stored.scores.sum(1), 1, atol=1e-5)


def test_minutes_make_instant_no_longer(instant: RunFolder) -> None:
    done = preflight(instant.project, TrainRequest(device="cpu", minutes=30), quiet, TrainControl())
    assert done.epochs == 1 and done.recipe == "instant"
    assert "weights of ImageNet" in done.words


def test_files_get_the_scores_that_are_stored(instant: RunFolder) -> None:
    stored = load_scores(instant.predictions_path("test"))
    found = TASK.predict(instant, [instant.project / key for key in stored.files], REPORTER,
                           "cpu").items
    assert [item["label"] for item in found] == [key.split("/")[0] for key in stored.files]
    for item, scores in zip(found, stored.scores, strict=True):
        assert np.allclose(list(item["scores"].values()), scores, atol=1e-4)


def test_a_mended_label_is_judged_at_once(instant: RunFolder) -> None:
    key = load_scores(instant.predictions_path("test")).files[0]
    own = key.split("/")[0]
    other = next(name for name in tiny_pictures.CLASSES if name != own)
    try:
        write_labels(instant.project, {key: other})
        report = evaluate_images(instant.project, instant, "test", lambda part: Path())
        assert report.evaluation.accuracy == pytest.approx(2 / 3)
    finally:
        (instant.project / "labels.csv").unlink()


def test_instant_is_exported_with_its_mirror_and_answers_the_same(
    instant: RunFolder, tmp_path: Path
) -> None:
    result = export_run(instant.project, instant, tmp_path / "model.onnx", quiet)
    assert result["score_difference"] < 1e-3 and result["checked"] == 3


def test_features_are_computed_once(
    instant: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, side: int) -> None:
        raise AssertionError("it was read again")

    monkeypatch.setattr("workbench.tasks.image_classification.engine.pictures.read_square", refuse)
    again = train(instant.project, TrainRequest(device="cpu"), quiet, TrainControl())
    assert again.state["metrics"]["test"] == instant.state["metrics"]["test"]


def test_balanced_classes_count_alike() -> None:
    features = np.random.default_rng(0).normal(size=(110, 1280)).astype(np.float32)
    labels = np.asarray([0] * 100 + [1] * 10)
    rare = {}
    for balance in (False, True):
        facts = ImageFacts(110, (100, 10), 64, False)
        settings = {"decay": 1e5, "balance": balance}
        model = InstantClassifier(ModelContext(("common", "rare"), settings, facts, "cpu"))
        model.attach(CocoDatabase(features), np.eye(2, dtype=np.float32)[labels], 1, 110)
        model.fit()
        model.module.eval()
        rare[balance] = float(model.scores(torch.from_numpy(features))[:, 1].mean())
    # with so much decay the features say next to nothing, and only the shares of classes are left
    assert rare[False] < 0.15 and 0.4 < rare[True] < 0.6


def test_validation_images_are_learned_from_and_judged_by_fits_that_had_not_seen_them(
    instant: RunFolder,
) -> None:
    path = instant.predictions_path("val")
    stored = load_scores(path)
    files = [instant.project / key for key in stored.files]
    last = TASK.predict(instant, files, REPORTER, "cpu").items
    assert not np.allclose([list(item["scores"].values()) for item in last], stored.scores,
                           atol=1e-3)
    path.unlink()
    ensure_scores(instant.project, instant, "val", REPORTER, "cpu")
    again = load_scores(path)
    assert again.files == stored.files and np.allclose(again.scores, stored.scores, atol=2e-2)


def test_validation_images_that_a_person_chose_are_only_looked_at() -> None:
    split = Split("default", 0, ["a"], ["b"], [], origin=FROM_FOLDERS)
    assert not by_chance(split) and by_chance(replace(split, origin="random, seed 0"))
    assert by_chance(replace(split, notes=[NOTE_OWN_VAL]))
    assert not by_chance(replace(split, val=["a"], origin="random, seed 0"))


def test_a_model_of_before_sees_an_image_as_it_did_then() -> None:
    facts = ImageFacts(2, (1, 1), 64, False)
    before = InstantClassifier(ModelContext(("a", "b"), {}, facts, "cpu"))
    assert (before.side, before.stored) == (224, 256) and not before.learns_validation
    square = torch.randint(0, 256, (1, 3, 256, 256), dtype=torch.uint8)
    seen = square[..., 16:240, 16:240]
    network = before.module["network"].eval()  # type: ignore[index, operator]
    with torch.no_grad():
        wanted = (network.features(seen) + network.features(seen.flip(-1))) / 2
    assert torch.allclose(before.features(square), wanted, atol=1e-3)


def test_an_image_is_made_smaller_as_pillow_does() -> None:
    from PIL import Image

    image = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    wanted = np.asarray(Image.fromarray(image).resize((40, 40), Image.Resampling.BILINEAR))
    matrix = shrinking(64, 40)
    assert np.abs((matrix @ torch.from_numpy(image).float() @ matrix.T).numpy() - wanted).max() < 2


def test_features_survive_a_torn_record(tmp_path: Path) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    FeatureCache(tmp_path, "x", 3).add([b"a" * 16, b"b" * 16], values)
    with (tmp_path / "x.bin").open("ab") as file:
        file.write(b"torn")
    FeatureCache(tmp_path, "x", 3).add([b"c" * 16], values[:1])
    found = FeatureCache(tmp_path, "x", 3)
    assert np.array_equal(found.get(b"b" * 16), values[1])
    assert np.array_equal(found.get(b"c" * 16), values[0]) and found.get(b"d" * 16) is None


# --- learning by steps ----------------------------------------------------------------------------


def test_lenet_learns(tmp_path: Path) -> None:
    project = tiny_pictures.make_pictures(tmp_path / "small", each=20, side=28)
    run = train(project, asked(epochs=6), quiet, TrainControl())
    assert run.state["metrics"]["test"]["accuracy"] >= 0.8
    assert read_card(run.best_path).input_size == (28, 28)
    result = export_run(project, run, tmp_path / "model.onnx", quiet)
    assert result["score_difference"] < 1e-3


def test_a_run_goes_on_to_the_same_curve(pictures: Path) -> None:
    wanted = asked(epochs=3)
    whole = train(pictures, wanted, quiet, TrainControl())
    control = TrainControl()

    def leave(event: Event) -> None:
        if isinstance(event, Epoch) and event.epoch == 1:
            control.abandon()

    part = train(pictures, wanted, leave, control)
    assert part.state["state"] == "interrupted"
    assert curve(resume(pictures, part.name, quiet, TrainControl())) == curve(whole)


def test_fine_tuning_begins_with_a_fitted_head(pictures: Path) -> None:
    data = load_images(pictures)
    facts = ImageFacts(len(data.train), (1, 1, 1), 64, False)
    settings = {"train_layers": "last"}
    model = build_lite0(ModelContext(tuple(data.classes), settings, facts, "cpu"))
    assert not model.fresh_head
    model.load_pretrained(load_weights(LITE0))
    assert model.fresh_head
    squares = np.stack([read_square(item.path, model.stored) for item in data.train])
    targets = targets_of(data.train, data.classes, "class")
    model.begin_head(CocoDatabase(squares), targets)
    model.module.eval()
    right = model.scores(torch.from_numpy(squares)).argmax(1).numpy() == targets.argmax(1)
    assert right.all() and not model.fresh_head


@pytest.mark.parametrize("layers", ["head", "last"])
def test_what_does_not_learn_stays(layers: str, pictures: Path) -> None:
    from safetensors.torch import load_file

    from workbench.engine.models.efficientnet_lite import renamed

    run = train(pictures, asked("lite0", epochs=1, settings={
        "train_layers": layers, "ema": False, "augment": False}), quiet, TrainControl())
    learned, first = load_file(run.best_path), renamed(load_weights(LITE0))
    same = {name.removeprefix("network."): bool((value == first[name.removeprefix("network.")])
                                                .all())
            for name, value in learned.items() if "classifier" not in name}
    assert same["stem.weight"] and same["stem_norm.running_mean"] and same["head_norm.running_var"]
    assert same["head.weight"] == (layers == "head")


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", ["lenet-5", "instant"])
def test_a_broken_picture_is_left_out_and_told(
    recipe: str, instant: RunFolder, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(instant.project, project, ignore=shutil.ignore_patterns("runs"))
    split = load_split(project)
    broken = split.train[0]
    (project / broken).write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    said: list[str] = []
    run = train(project, asked(recipe, epochs=1, settings={}),
                lambda event: said.append(str(getattr(event, "text", ""))), TrainControl())
    assert run.state["state"] == "finished"
    assert any(broken.rpartition("/")[2] in text for text in said)
    ensure_scores(project, run, "train", REPORTER, "cpu")
    stored = load_scores(run.predictions_path("train"))
    assert broken not in stored.files and stored.meta["unreadable"] == [broken]
    shown = open_images(run, "train", read_parts(project, run), (), {})
    assert (len(shown.samples), shown.missing) == (len(split.train) - 1, 0)
    assert f"1 file cannot be read and is left out of these figures: {broken}." in shown.doubt
    found = TASK.predict(run, [project / broken, project / split.test[0]], REPORTER, "cpu")
    assert len(found.items) == 1 and broken.rpartition("/")[2] in found.problems[0].reason


def test_one_class_is_refused(tmp_path: Path) -> None:
    project = tiny_pictures.make_pictures(tmp_path / "one", each=2)
    write_labels(project, {f"{name}/{i}.png": "dots" for name in tiny_pictures.CLASSES
                           for i in range(2)})
    with pytest.raises(WorkbenchError, match="all pictures are of one class"):
        train(project, TrainRequest(device="cpu", recipe="instant"), quiet, TrainControl())


@pytest.mark.parametrize("size", [(400, 100), (100, 400), (1, 51), (31, 33)])
def test_any_shape_becomes_its_middle_square(size: tuple[int, int], tmp_path: Path) -> None:
    from PIL import Image

    wide = Image.new("RGB", size, (255, 0, 0))
    edge = min(size)
    left, top = (size[0] - edge) // 2, (size[1] - edge) // 2
    wide.paste((0, 255, 0), (left, top, left + edge, top + edge))
    wide.save(tmp_path / "x.png")
    found = read_square(tmp_path / "x.png", 32)
    assert found.shape == (3, 32, 32)
    assert found[1, 16].mean() > 200 and found[0, 16, 16] < 60


def test_a_turned_photo_is_upright(tmp_path: Path) -> None:
    from PIL import Image

    photo = Image.new("RGB", (64, 32), (0, 0, 255))
    photo.paste((255, 0, 0), (0, 0, 32, 32))  # the left half, which Exif turns to the top
    exif = Image.Exif()
    exif[274] = 6
    photo.save(tmp_path / "x.jpg", exif=exif, quality=95)
    found = read_square(tmp_path / "x.jpg", 32)
    assert found[0, 4].mean() > 200 and found[2, 28].mean() > 200


def build_small(context: ModelContext[ImageFacts]) -> ImageClassifier:
    """A small network that is taken for one that begins with weights."""
    return ImageClassifier(LeNet5(len(context.classes), 28, grey=False), context, 28, 28,
                           pretrained=True)


@pytest.fixture
def small() -> Iterator[str]:
    recipe = replace(recipes.get("lenet-5"), id="small", build=f"{__name__}:build_small",
                     settings=recipes.get("lite0").settings)
    yield recipes.register(recipe).id
    recipes.unregister(recipe.id)


def test_layers_that_learn_one_after_the_other(pictures: Path, small: str) -> None:
    """After two of four epochs the lowest layers are as they came, after three they are not."""
    first = train(pictures, asked(small, epochs=1), quiet, TrainControl())
    own = read_weights(first.best_path)
    changed = []
    for epochs in (2, 3):
        control, seen = TrainControl(), []

        def leave(event: Event, control: TrainControl = control, seen: list[int] = seen,
                  epochs: int = epochs) -> None:
            if isinstance(event, Epoch):
                seen.append(event.epoch)
                if len(seen) == epochs:
                    control.abandon()

        run = train(pictures, asked(small, epochs=4, start_from=first.name, settings={
            "train_layers": "gradual", "batch_size": 8}), leave, control)
        _, state = load_checkpoint(run.checkpoint_path, torch.device("cpu"))
        changed.append([not torch.equal(state["model"][name], own[name])
                        for name in ("network.body.0.weight", "network.body.9.weight")])
    assert changed == [[False, True], [True, True]]
