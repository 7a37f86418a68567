"""What the window shows of a classifier of images, from stored scores and the labels of now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workbench.core.errors import WorkbenchError
from workbench.evaluation.scored import evaluated, figures, snapshot
from workbench.formats.scores import ScoreSet, load_scores, save_scores
from workbench.project.datasets.splits import Split, save_split
from workbench.project.runs import RunFolder
from workbench.tasks.image_classification.labels import write_labels
from workbench.tasks.image_classification.results import (
    ImageSet,
    csv_bytes,
    open_images,
    read_parts,
    relabelled,
)

KEYS = ["ant/1.png", "ant/2.png", "bee/1.png", "bee/2.png"]
SCORES = [[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]]


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run whose model was tested on four images, of which it takes an ant for a bee."""
    for key in [*KEYS, "bee/3.png", "ant/9.png"]:
        path = tmp_path / key
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 4)).save(path)
    config = {"recipe": "instant", "task": "image-classification", "classes": ["ant", "bee"],
              "split": {"name": "default"}}
    made = RunFolder.create(tmp_path, "instant", config)
    split = Split(train=["ant/9.png"], val=["bee/3.png"], test=KEYS)
    save_split(tmp_path, split)
    save_split(made.path, split)
    save_scores(made.predictions_path("test"), ScoreSet(
        KEYS, np.zeros((4, 2)), np.asarray([0, 0, 1, 1]), np.asarray(SCORES, np.float32),
        ["ant", "bee"]))
    return made


def opened(run: RunFolder) -> ImageSet:
    return open_images(run, "test", read_parts(run.project, run), ["ant", "bee"], {})


def test_scores_meet_the_labels_of_now(run: RunFolder) -> None:
    assert read_parts(run.project, run).counts() == {"train": 1, "val": 1, "test": 4}
    assert figures(evaluated(opened(run), 0.0))["accuracy"] == 0.75
    write_labels(run.project, {"ant/2.png": "bee"})
    assert figures(evaluated(opened(run), 0.0))["accuracy"] == 1.0


def test_figures_of_tags_are_not_shown_as_those_of_classes(run: RunFolder) -> None:
    found = load_scores(run.predictions_path("test"))
    found.meta["kind"] = "tags"
    save_scores(run.predictions_path("test"), found)
    with pytest.raises(WorkbenchError, match="another kind of model"):
        opened(run)


def test_a_label_that_is_mended_counts_before_it_is_written(run: RunFolder) -> None:
    results = opened(run)
    assert figures(evaluated(relabelled(results, {"ant/2.png": "bee"}), 0.0))["accuracy"] == 1.0
    wasp = relabelled(results, {"ant/2.png": "wasp"})
    assert wasp.left_out == 1 and len(wasp.samples) == 3
    assert len(relabelled(wasp, {"ant/2.png": "ant"}).samples) == 4


def test_the_images_behind_a_cell_in_order(run: RunFolder) -> None:
    shown = snapshot(opened(run), 0.0, (0, 1), "loss")
    assert [shown.results.samples[row].key for row in shown.rows] == ["ant/2.png"]
    assert shown.predicted(int(shown.rows[0])) == "bee"
    every = snapshot(opened(run), 0.0, None, "unsure")
    assert [every.results.samples[row].key for row in every.rows] == [
        "ant/2.png", "bee/2.png", "bee/1.png", "ant/1.png"]
    below = snapshot(opened(run), 0.75, None, "file", before=opened(run))
    assert below.predicted(1) == "none" and below.before is not None
    lines = csv_bytes(every).decode().splitlines()
    assert lines[0] == "file,truth,predicted,confidence,loss,ant,bee"
    assert lines[1].startswith("ant/2.png,ant,bee,0.6000,")


def test_a_table_names_also_images_whose_name_is_no_utf_8(run: RunFolder) -> None:
    shown = snapshot(opened(run), 0.0, None, "file")
    first, *others = shown.results.samples
    results = replace(shown.results, samples=[replace(first, key="ant/\udcff.png"), *others])
    assert b"ant/\\udcff.png,ant," in csv_bytes(replace(shown, results=results))


def test_an_image_that_came_later_is_missing(run: RunFolder) -> None:
    scores = ScoreSet(KEYS[:3], np.zeros((3, 2)), np.asarray([0, 0, 1]),
                      np.asarray(SCORES[:3], np.float32), ["ant", "bee"])
    save_scores(run.predictions_path("test"), scores)
    assert opened(run).missing == 1
