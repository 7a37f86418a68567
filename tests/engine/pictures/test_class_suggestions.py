"""What suggestions in the window come from: features from the engine, and heads fitted to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from workbench.core.arrays import FloatArray
from workbench.engine.service import perform
from workbench.engine.training.control import TrainControl
from workbench.formats.content import content_key
from workbench.formats.feature_cache import KnownFeatures
from workbench.jobs.commands import Describe
from workbench.jobs.events import Event, Failed, Finished
from workbench.jobs.protocol import decode_command, encode
from workbench.tasks.image_classification.engine.describe import network
from workbench.tasks.image_classification.engine.pictures import read_square
from workbench.tasks.image_classification.instant import MOST, TrainingSet, learn, second_look


def described(folder: Path, files: list[str]) -> Event:
    """What the engine says at the end of a look."""
    events: list[Event] = []
    command = Describe("1", str(folder), "image-classification", files)
    assert decode_command(encode(command)) == command
    perform(command, events.append, TrainControl())
    return events[-1]


def test_the_engine_keeps_features_of_what_can_be_read(tmp_path: Path) -> None:
    if not network().ready:
        pytest.skip("the weights are not installed")
    rng = np.random.default_rng(0)
    (tmp_path / "workbench.toml").write_text("", encoding="utf-8")
    for name in ("a.png", "b.png"):
        Image.fromarray(rng.integers(0, 255, (40, 50, 3)).astype(np.uint8)).save(tmp_path / name)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    found = described(tmp_path, ["a.png", "broken.png"])
    assert isinstance(found, Finished)
    assert found.result["unreadable"] == ["broken.png"]
    known = KnownFeatures.newest(tmp_path / ".workbench")
    assert known is not None
    assert str(known.path) == found.result["cache"]
    known.refresh()
    row, later = (known.row(content_key(tmp_path / name)) for name in ("a.png", "b.png"))
    assert row is not None
    assert later is None
    square = torch.from_numpy(read_square(tmp_path / "a.png", network().stored)[None])
    expected = network().features(square).numpy()
    np.testing.assert_allclose(known.values([row]), expected, atol=1e-4)
    described(tmp_path, ["b.png", "a.png"])
    known.refresh()
    assert known.row(content_key(tmp_path / "b.png")) == 1


def test_features_of_another_task_are_refused_in_words(tmp_path: Path) -> None:
    found: list[Event] = []
    perform(Describe("1", str(tmp_path), "detection", []), found.append, TrainControl())
    assert isinstance(found[-1], Failed)
    assert "nothing is found out ahead" in found[-1].message


def test_deleted_features_are_forgotten(tmp_path: Path) -> None:
    known = KnownFeatures(tmp_path / "made-2.bin")
    record = np.zeros(3, [("key", "V16"), ("values", np.float32, (2,))])
    record["key"] = [np.void(bytes([number] * 16)) for number in range(3)]
    record.tofile(known.path)
    known.refresh()
    assert known.row(bytes([2] * 16)) == 2
    known.path.unlink()
    record[2:].tofile(known.path)
    known.refresh()
    assert known.row(bytes([1] * 16)) is None
    assert known.row(bytes([2] * 16)) == 0


def test_features_of_before_are_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "features"
    folder.mkdir()
    (folder / "lite0-224-36e7b1bc97e021e8.bin").write_bytes(b"old")
    assert KnownFeatures.newest(tmp_path) is None
    (folder / "lite0-224-36e7b1bc97e021e8-1280.bin").write_bytes(b"")
    found = KnownFeatures.newest(tmp_path)
    assert found is not None
    assert found.path.name.endswith("-1280.bin")


def made(classes: dict[str, int], apart: float = 3.0) -> tuple[TrainingSet, FloatArray]:
    """Images of classes with so many each, as features that are told apart easily."""
    rng = np.random.default_rng(1)
    labels = [name for name, number in classes.items() for _ in range(number)]
    centres = {name: rng.normal(0, apart, 24) for name in classes}
    features = np.asarray([centres[name] + rng.normal(0, 1, 24) for name in labels], np.float32)
    keys = tuple(f"{number}.png" for number in range(len(labels)))
    return TrainingSet(keys, tuple(labels), tuple(range(len(labels)))), features


def test_labels_are_doubted_by_heads_that_have_not_seen_them() -> None:
    training_set, features = made({"ant": 40, "bee": 40, "wasp": 1})
    labels = list(training_set.labels)
    labels[3], labels[50] = "bee", "ant"
    wrong = TrainingSet(training_set.keys, tuple(labels), training_set.rows)
    found = second_look(wrong, lambda rows: features[list(rows)], lambda: None)
    assert found is not None
    assert {key: suggestion.label for key, suggestion in found.doubts.items()} == {
        "3.png": "ant", "50.png": "bee"}
    assert found.number == 80  # of the wasp there is nothing to learn from but itself
    assert found.right == pytest.approx(78 / 80)


def test_of_very_many_labels_some_of_each_class_are_learned_from() -> None:
    training_set, features = made({"ant": 3000, "bee": 800, "rare": 4})
    sample = training_set.sample()
    assert len(sample.keys) <= MOST
    assert sample.labels.count("rare") == 4
    assert sample.labels.count("ant") == pytest.approx(sample.labels.count("bee"), abs=2)
    labels = list(training_set.labels)
    labels[1] = "bee"  # not in the sample
    found = second_look(TrainingSet(training_set.keys, tuple(labels), training_set.rows),
                        lambda rows: features[list(rows)], lambda: None)
    assert found is not None
    assert found.doubts["1.png"].label == "ant"


def test_a_class_that_has_more_labels_is_not_suggested_for_all() -> None:
    training_set, features = made({"ant": 60, "bee": 60}, apart=0.7)
    some = training_set._part([*range(20), *range(60, 63)])  # twenty ants and three bees
    head = learn(some, lambda rows: features[list(rows)])
    assert head is not None
    rest = [at for at in range(120) if at not in some.rows]
    taken = head.probabilities(features[rest]).argmax(1)
    truth = np.asarray([training_set.labels[at] == "bee" for at in rest])
    assert np.mean(taken[truth]) > 0.8 and np.mean(taken[~truth]) < 0.2
    assert training_set.usual == training_set and some.usual == some
    assert made({"ant": 4, "bee": 1})[0].usual.classes == ("ant",)


def test_one_class_says_nothing() -> None:
    training_set, features = made({"ant": 5})
    assert learn(training_set, lambda rows: features[list(rows)]) is None
    assert second_look(training_set, lambda rows: features[list(rows)], lambda: None) is None
