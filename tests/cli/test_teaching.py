"""A student learns from what a teacher is sure of on images without labels."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tiny_project

from tests.engine.steering import Listener, request
from workbench.cli import main
from workbench.core.detections import Detections
from workbench.core.rectangles import as_rotated_box
from workbench.engine.training.teaching import FILE, read_pseudo_labels
from workbench.engine.training.train import resume, train
from workbench.jobs.events import Epoch, Finished, LogLine
from workbench.project.datasets.splits import load_split, save_split
from workbench.project.runs import list_runs
from workbench.tasks.detection.engine import teaching


@pytest.fixture
def project(trained: Path, tmp_path: Path) -> Path:
    """The one with a run, and six more images that nobody labelled."""
    folder = tmp_path / "shapes"
    shutil.copytree(trained, folder)
    for number in range(6):
        tiny_project.draw(folder / "images" / f"new{number}.png",
                          np.random.default_rng((7, number)), (60, 48), ("red", "blue"))
    return folder


def test_images_that_a_list_has_without_labels_are_looked_at(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    split = load_split(project, "default")
    new = [f"images/new{number}.png" for number in range(6)]
    save_split(project, replace(split, train=(*split.train, *new[:2]), val=(*split.val, *new[2:])))
    looked: list[str] = []
    monkeypatch.setattr(teaching, "sure_scores", lambda *_: np.ones(2, np.float32))
    monkeypatch.setattr(teaching, "_pseudo_label", lambda _model, found, *_: looked.append(
        found.path.relative_to(project).as_posix()))
    command = ["train", str(project), "--teacher", "last", "--device", "cpu", "--epochs", "1"]
    assert main(command) == 1
    assert "is sure of nothing" in capsys.readouterr().err
    assert looked == new[:2], "those that are held back stay unseen"
    for name in new[:2]:
        (project / name).unlink()
    assert main(command) == 1
    assert "each has labels or is held back" in capsys.readouterr().err
    assert main([*command, "--check"]) == 0
    assert "tensors are taken over" in capsys.readouterr().out, "it begins as its teacher"


def test_a_student_learns_from_both_goes_on_and_is_judged(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen = Listener()
    monkeypatch.setattr(teaching, "sure_scores", lambda _plan, _teacher, names, _report:
                        np.full(len(names), 0.3, np.float32))
    monkeypatch.setattr(teaching, "SEEN", 0.3)
    labels = sorted((project / "annotations").iterdir())
    teacher = list_runs(project)[0]
    listen.at(lambda event: isinstance(event, Epoch) and event.epoch == 1, listen.control.abandon)
    run = train(project, request(2, recipe="auto", teacher=teacher.name,
                                 settings={"augment": "no"}), listen, listen.control)
    pseudo_labels = read_pseudo_labels(run)
    assert pseudo_labels and all(item["file"].startswith("images/new") for item in pseudo_labels)
    assert all(set(item["labels"]) <= {"red", "blue"} for item in pseudo_labels)
    assert run.config["teacher"] == teacher.name and run.config["split"]["train"] == 9
    assert any("without labels, which are learned from, too" in line.text
               for line in listen.of(LogLine))
    again = Listener()
    assert resume(project, run.name, again, again.control) == run
    verdict = again.of(Finished)[0].result["verdict"]
    assert verdict["better"] is (verdict["after"] > verdict["before"])
    assert run.state["verdict"]["words"] == verdict["words"]
    assert "held-back images; with so few that may be chance." in verdict["words"]
    assert sorted((project / "annotations").iterdir()) == labels, "nothing of it is a label"


def test_a_student_that_is_not_better_goes_to_the_trash(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pseudo_label = {"file": "images/new0.png", "size": [60, 48], "boxes": [[0, 0, 60, 48]],
              "labels": ["red"], "scores": [0.9], "hidden": []}  # which is wrong
    monkeypatch.setattr("workbench.tasks.detection.engine.task.Detection.make_pseudo_labels",
                        lambda *_: [pseudo_label])
    before = list_runs(project)
    assert main(["train", str(project), "--teacher", "last", "--device", "cpu", "--epochs", "1",
                 "--set", "augment=no", "--set", "lr=0.5"]) == 0
    assert "Not better than its teacher" in capsys.readouterr().out
    assert list_runs(project) == before
    kept = list((project / ".trash").rglob(FILE))
    assert len(kept) == 1 and pseudo_label["file"] in kept[0].read_text("utf-8")


def test_what_is_found_twice_is_confirmed() -> None:
    seen = Detections(np.array([[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10]], np.float32),
                      np.array([0.9, 0.9, 0.9], np.float32), np.array([0, 0, 1]))
    again = Detections(np.array([[1, 0, 11, 10], [40, 0, 50, 10]], np.float32),
                       np.array([0.5, 0.5], np.float32), np.array([0, 0]))
    assert teaching.confirmed(seen, again).tolist() == [True, False, False]
    assert not teaching.confirmed(seen, Detections.empty()).any()
    pixels = np.arange(6 * 3 * 3, dtype=np.uint8).reshape(6, 3, 3)
    canvas = teaching.mirrored(pixels)
    assert canvas.shape == (8, 4, 3) and (canvas[:6, 0] == pixels[:, 2]).all()


def test_rotated_boxes_are_confirmed_by_their_own_overlap_and_learned_as_such(
    tmp_path: Path
) -> None:
    """A rod, and another one across it in the same box, that is not found again."""
    rows = np.array([[30, 24, 40, 4, 0.7], [30, 24, 40, 4, np.pi - 0.7]], np.float32)
    boxes = np.array([as_rotated_box(row).bounds() for row in rows], np.float32)
    seen = Detections(boxes, np.array([0.9, 0.8], np.float32), np.zeros(2, np.int64), rotated=rows)
    path = tmp_path / "a.png"
    tiny_project.draw(path, np.random.default_rng(1), (60, 48), ("red",))
    mirrored = rows[:1].copy()
    mirrored[:, 0], mirrored[:, 4] = 60 - mirrored[:, 0], np.pi - mirrored[:, 4]
    around = np.array([as_rotated_box(mirrored[0]).bounds()], np.float32)
    model = SimpleNamespace(detect=lambda _pixels: Detections(
        around, np.array([0.9], np.float32), np.zeros(1, np.int64), rotated=mirrored))
    again = teaching._second_look(model, path)  # type: ignore[arg-type]
    assert again.rotated is not None and again.rotated[0] == pytest.approx(rows[0], abs=1e-4)
    assert teaching.confirmed(seen, again).tolist() == [True, False]
    item = {"file": "a.png", "size": [60, 48], "boxes": boxes[:1].tolist(), "labels": ["red"],
            "hidden": [], "rotated": rows[:1].tolist()}
    plan = SimpleNamespace(project=tmp_path)
    (sample,) = teaching.with_pseudo_labels(plan, [item])  # type: ignore[arg-type]
    assert sample.shapes[0] is not None and sample.shapes[0].is_rotated
