"""From good parts to a model that finds spots, in files, tables and pictures."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.engine.steering import Listener, request
from tests.support.good_parts import SPOT, add_run, make_parts, part, publish
from workbench.cli import main
from workbench.core.errors import WorkbenchError
from workbench.engine.training.train import train
from workbench.formats.score_maps import load_score_maps
from workbench.jobs.events import Step
from workbench.project.datasets.splits import list_splits
from workbench.project.imports.formats import foreign_labels
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder
from workbench.project.task import task_of_folder
from workbench.tasks.anomaly.results import open_results, read_labels
from workbench.tasks.anomaly.samples import class_of_good, good_now, load_good
from workbench.tasks.image_classification.dataset import check_enough, load_images


def learn(project: Path, **settings: object) -> tuple[RunFolder, list[str]]:
    listener = Listener()
    run = train(project, request(None, recipe="good-memory", settings={"patches": 100, **settings}),
                listener, listener.control)
    return run, [getattr(event, "text", "") for event in listener.events]


def test_spots_are_found_and_good_parts_are_not(learned: RunFolder) -> None:
    assert learned.state["state"] == "finished"
    figures = learned.state["metrics"]["val"]
    assert figures["auroc"] == 1.0 and figures["recall"] == 1.0
    stored = load_score_maps(learned.predictions_path("val"))
    spots = [item for key, item in zip(stored.files, stored.maps, strict=True) if "spot" in key]
    assert len(spots) == 3 and len(stored) == 5
    for found in spots:  # the hottest place is the spot
        row, column = np.unravel_index(found.values.argmax(), found.values.shape)
        assert SPOT[0] <= 8 * column + 4 <= SPOT[2] and SPOT[1] <= 8 * row + 4 <= SPOT[3]


def test_the_projects_own_split_is_left_alone(learned: RunFolder) -> None:
    assert list_splits(learned.project) == []
    assert list_splits(learned.path) == ["good-images"]


def test_the_same_training_gives_the_same_model(learned: RunFolder, tmp_path: Path) -> None:
    again, _ = learn(make_parts(tmp_path / "parts"), patches=200)
    one, other = (load_score_maps(run.predictions_path("val")) for run in (learned, again))
    assert [item.score for item in one.maps] == [item.score for item in other.maps]


def test_figures_in_a_shell(learned: RunFolder, capsys: pytest.CaptureFixture[str],
                            tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    assert main(["evaluate", str(learned.project), "--report", str(report)]) == 0
    said = capsys.readouterr().out
    assert "3 of 3 faulty images found." in said and "AUROC 1.000" in said
    assert "data:image/jpeg" in report.read_text("utf-8")
    assert main(["evaluate", str(learned.project), "--json", "--score-thresh", "0.95"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["good"], data["faulty"], data["recall"]) == (2, 3, 0.0)
    assert data["per_image"][0]["class"] == "spot"


def test_new_images_are_looked_at(learned: RunFolder, capsys: pytest.CaptureFixture[str],
                                  tmp_path: Path) -> None:
    part(500).save(tmp_path / "plain.png")
    part(501, spot=True).resize((192, 128)).save(tmp_path / "odd.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    files = [str(tmp_path / name) for name in ("plain.png", "odd.png", "broken.png")]
    out = tmp_path / "out"
    main(["predict", str(learned.project), *files, "--out", str(out), "--draw"])
    assert "broken.png" in capsys.readouterr().err
    head, row = (out / "predictions.csv").read_text("utf-8").splitlines()
    assert head.startswith("file,label,score,share,xmin,ymin,xmax,ymax")
    cells = row.split(",")
    assert cells[0].endswith("odd.png") and cells[1] == "differs" and float(cells[2]) > 0.5
    left, top, right, bottom = map(float, cells[4:8])  # in pixels of the image, twice as large
    assert left < 2 * SPOT[2] and right > 2 * SPOT[0] and top < 2 * SPOT[3] and bottom > 2 * SPOT[1]
    with Image.open(next(out.glob("drawn/*odd*"))) as drawn:
        assert drawn.size == (192, 128)


# --- what people bring ----------------------------------------------------------------------------


def test_images_of_all_kinds_sizes_and_one_that_is_damaged(tmp_path: Path) -> None:
    project = make_parts(tmp_path / "parts", good=6, faulty=0)
    for place, path in enumerate(sorted((project / "good").iterdir())):
        if place == 1:
            Image.open(path).convert("L").save(path)
        elif place == 2:
            deep = np.asarray(Image.open(path).convert("L")).astype(np.uint16) * 200
            Image.fromarray(deep).save(path)
        elif place == 3:
            Image.open(path).resize((64, 96)).save(path)
        elif place == 4:
            path.write_bytes(path.read_bytes()[:300])
    run, said = learn(project)
    assert run.state["state"] == "finished"
    assert any("04.png" in line for line in said)


def test_without_classes_all_images_are_good(tmp_path: Path) -> None:
    project = make_parts(tmp_path / "parts", good=3, faulty=0, names=("", "spot"))
    run, said = learn(project)
    assert run.config["good"] == "" and run.config["task"] == "anomaly-detection"
    assert any("good images are few" in line for line in said)


def test_a_folder_with_boxes_stays_one_of_boxes(tmp_path: Path) -> None:
    project = make_parts(tmp_path / "boxes", good=3, faulty=0, names=("", "spot"))
    (project / "00.xml").write_text(
        "<annotation><filename>00.png</filename><object><name>screw</name><bndbox><xmin>2</xmin>"
        "<ymin>2</ymin><xmax>20</xmax><ymax>20</ymax></bndbox></object></annotation>", "utf-8")
    assert add_run(project).state["state"] == "finished"
    manifest = Manifest.load(project)
    assert (manifest.task, manifest.classes) == ("", [])
    assert task_of_folder(project) == "detection"


def test_a_training_that_is_stopped_before_the_end_has_no_model(tmp_path: Path) -> None:
    listener = Listener()
    listener.at(lambda event: isinstance(event, Step), listener.control.stop)
    run = train(make_parts(tmp_path / "parts", good=30), request(None, recipe="good-memory"),
                listener, listener.control)
    assert run.state["state"] == "stopped" and not run.best_path.exists()
    assert run.state["message"] == "Stopped before there was a model."


def test_one_image_is_not_enough(tmp_path: Path) -> None:
    project = make_parts(tmp_path / "parts", good=1, faulty=2)
    with pytest.raises(WorkbenchError, match="only 1 good image of the class “good”"):
        learn(project)


def test_a_class_that_no_image_has_is_refused(tmp_path: Path) -> None:
    project = make_parts(tmp_path / "parts", good=3, faulty=2)
    with pytest.raises(WorkbenchError, match=r"no image has the class “fine”.*: good, spot"):
        learn(project, good="fine")


def test_a_published_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    """MVTec AD: train/good, test/<defect>, ground_truth/<defect>/*_mask.png."""
    folder = publish(make_parts(tmp_path / "made", good=8, faulty=2), tmp_path / "bottle")
    assert task_of_folder(folder) == "image-classification"  # of which it is a way to learn
    assert foreign_labels(folder) is None  # no import of masks is offered: they are to judge by
    with pytest.raises(WorkbenchError, match="learn what differs from good images"):
        check_enough(load_images(folder))
    data = load_good(folder)
    assert data.good == "good"
    assert {item.key.split("/")[0] for item in (*data.train, *data.val)} == {"train"}
    assert sorted(item.key for item in data.test) == [
        "test/good/06.png", "test/good/07.png", "test/spot/00.png", "test/spot/01.png"]


def test_figures_by_pixel_where_there_are_masks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    folder = publish(make_parts(tmp_path / "made", good=8, faulty=3), tmp_path / "bottle")
    add_run(folder)
    (folder / "ground_truth/spot/02_mask.png").write_bytes(b"no picture")
    report = tmp_path / "report.html"
    assert main(["evaluate", str(folder), "--report", str(report)]) == 0
    said = capsys.readouterr()
    assert "on 2 faulty images with a mask" in said.out
    assert "The mask of test/spot/02.png cannot be read" in said.err
    assert "AUPRO" in report.read_text("utf-8")
    assert main(["evaluate", str(folder), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["pixels"]
    assert data["images"] == 2 and data["pixel_auroc"] > 0.95 and 0.8 < data["aupro"] <= 1
    assert 0.4 < data["pixel_iou"] < 1


@pytest.mark.parametrize(("counts", "unlabelled", "good"), [
    ({"scratch": 9, "OK": 3}, 0, "OK"), ({"bees": 3, "ants": 9}, 5, "ants"),
    ({"defect": 4}, 20, ""), ({}, 20, ""), ({"part": 20}, 3, "part"),
    ({"good": 2, "normal": 5}, 0, "normal")])
def test_which_class_is_good(counts: dict[str, int], unlabelled: int, good: str) -> None:
    assert class_of_good(counts, unlabelled) == good


@pytest.mark.parametrize(("was", "labels", "learned", "good"), [
    ("good", {"a": "good", "b": "spot"}, {"a": "good"}, "good"),
    ("good", {"a": "whole", "b": "spot"}, {"a": "whole"}, "whole"),  # renamed, or merged
    ("good", {"b": "spot"}, {"a": ""}, ""),  # taken off
    ("good", {"okay/a": "okay", "spot/b": "spot"}, {}, "okay"),  # a folder with another name
    ("", {"b": "spot"}, {"a": ""}, "")])
def test_which_class_is_good_later(was: str, labels: dict[str, str], learned: dict[str, str],
                                   good: str) -> None:
    assert good_now(was, labels, learned) == good


def test_good_images_in_a_renamed_folder_are_good(learned: RunFolder, tmp_path: Path) -> None:
    project = tmp_path / "copy"
    shutil.copytree(learned.project, project)
    (project / "good").rename(project / "okay")
    data = load_good(project, learned.split, good="good", settled=True,
                     run=project / "runs" / learned.name)
    assert data.good == "okay"
    assert {item.good for item in data.val if item.label == "okay"} == {True}


def test_where_all_good_images_have_moved_away_no_faulty_one_is_called_good(
    learned: RunFolder, tmp_path: Path
) -> None:
    project = tmp_path / "parts"
    shutil.copytree(learned.project, project)
    (project / "good").rename(project / "sound")
    run = RunFolder(project / "runs" / learned.name)
    data = open_results(run, "val", read_labels(project, run), {})
    assert [item.good for item in data.samples] == [False] * 3 and data.missing == 10


def test_images_that_get_a_class_later_are_good_by_its_name(tmp_path: Path) -> None:
    project = make_parts(tmp_path / "parts", good=4, faulty=1)
    run = add_run(project)
    data = load_good(project, run.split, settled=True, run=run.path)  # trained before the classes
    assert {item.label: item.good for item in data.val} == {"good": True, "spot": False}


def test_what_came_after_a_training_is_judged(learned: RunFolder, tmp_path: Path) -> None:
    project = tmp_path / "copy"
    shutil.copytree(learned.project, project)
    part(700, spot=True).save(project / "spot" / "late.png")
    data = load_good(project, learned.split, good="good", settled=True,
                     run=project / "runs" / learned.name)
    assert "spot/late.png" in {item.key for item in data.val}
