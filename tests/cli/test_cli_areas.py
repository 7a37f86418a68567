"""``workbench evaluate`` of a model of areas, from maps that are stored."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.evaluation.test_report import Checker
from tests.support.area_runs import add_area_run
from tests.support.tiny_areas import make_areas, picture
from workbench.cli import main
from workbench.formats.voc import read_voc
from workbench.project.operating import choose_score
from workbench.project.runs import RunFolder
from workbench.project.suggestion import MADE_BY


def unsure(areas: np.ndarray, levels: np.ndarray) -> None:
    """The stripe scores 0.55."""
    levels[areas == 2] = 11


@pytest.fixture
def areas(tmp_path: Path) -> Path:
    folder = make_areas(tmp_path / "areas")
    (folder / "workbench.toml").write_text(
        'name = "Areas <&>"\ntask = "semantic-segmentation"\nclasses = ["disc", "stripe"]\n')
    add_area_run(folder, change={"area14": unsure}, without=["area15"])
    return folder


def test_figures_are_those_of_pixels(areas: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(areas), "--json"]) == 0
    said = capsys.readouterr()
    data = json.loads(said.out)
    assert (data["split"], data["images"], data["score_thresh"]) == ("test", 2, 0.5)
    assert data["miou"] == data["pixel_accuracy"] == 1.0 and data["pixels"] == 2 * 96 * 64
    assert data["unreadable"] == ["images/area15.png"]
    assert [item["file"] for item in data["per_image"]] == ["images/area13.png",
                                                            "images/area14.png"]
    assert "1 file cannot be read and is left out of these figures" in said.err

    assert main(["evaluate", str(areas), "--json", "--score-thresh", "0.6"]) == 0
    data = json.loads(capsys.readouterr().out)
    stripe = data["per_class"][2]
    assert (stripe["name"], stripe["recall"], stripe["precision"]) == ("stripe", 0.5, 1.0)
    assert data["confusion"]["matrix"][2] == [12 * 64, 0, 12 * 64]
    assert data["per_image"][0] == {"file": "images/area14.png", "miou": 0.5, "wrong": 0.125}


def test_a_person_reads_them_in_lines(areas: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(areas), "--score-thresh", "0.6"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("on test: 2 images, 12,288 pixels judged")
    assert lines[1].startswith("mean IoU 0.750  mean Dice 0.833  pixel accuracy 0.938")
    share = sum(picture(number)[1].sum() for number in (13, 14)) / (2 * 96 * 64)
    assert lines[4].split() == ["disc", *["1.000"] * 4, f"{100 * share:.1f}", "%"]
    assert lines[-1].split() == ["images/area14.png", "0.500", "12", "%"]


def test_the_report_has_figures_and_the_worst_images(areas: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    assert main(["evaluate", str(areas), "--score-thresh", "0.6", "--report", str(path)]) == 0
    html = path.read_text("utf-8")
    Checker().feed(html)
    assert "Areas &lt;&amp;&gt;" in html and "2 images · 12,288 pixels judged · 2 classes" in html
    assert "<b>0.750</b>" in html and "labelled ↓ found →" in html
    assert html.count("data:image/jpeg;base64,") == 1
    assert "area14.png · mean IoU 0.500 · 12 % of its pixels wrong" in html
    assert "area15.png" in html  # that it is left out


def test_what_little_can_be_said_is_said(areas: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_area_run(areas, "train", name="again")
    assert main(["evaluate", str(areas), "--split", "train"]) == 0
    assert "The model was trained on these images." in capsys.readouterr().err


def test_an_exported_graph_has_no_score_threshold_and_none_is_told(
    areas: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.engine import service

    monkeypatch.setattr(service, "perform", lambda *_about: 0)
    choose_score(RunFolder.find(areas, ""), 0.6)
    assert main(["export", str(areas), "--out", str(areas / "model.onnx")]) == 0
    assert capsys.readouterr().err == ""
    assert main(["evaluate", str(areas)]) == 0
    assert "score threshold 0.60, as set in Results" in capsys.readouterr().err


def test_labels_that_are_the_models_own_answers_are_told(
    areas: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = add_area_run(areas, name="own")
    file = areas / "annotations" / "area13.xml"
    document = read_voc(file)
    own = tuple(replace(item, attributes={MADE_BY: run.name})
                for item in document.annotation.objects)
    file.write_bytes(document.render(replace(document.annotation, objects=own)))
    assert main(["evaluate", str(areas)]) == 0
    assert "Labelled with suggestions of this model: 1 of 3 images." in capsys.readouterr().err


def test_of_many_classes_the_most_confused_are_listed(
    areas: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_area_run(areas, change={"area13": unsure}, name="zoo",
                 classes=["disc", "stripe", *(f"class {number}" for number in range(110))])
    path = tmp_path / "report.html"
    assert main(["evaluate", str(areas), "--score-thresh", "0.6", "--report", str(path)]) == 0
    html = path.read_text("utf-8")
    Checker().feed(html)
    assert "Most confused" in html and "labelled ↓" not in html
    assert "<tr><th>stripe</th><td>background</td><td>768</td></tr>" in html
    assert "confusion" not in capsys.readouterr().out


def doubtful(areas: np.ndarray, levels: np.ndarray) -> None:
    """Where nothing is, the disc scores 0.3."""
    levels[areas == 0] = 6


def test_a_project_may_have_runs_that_learned_something_else(
    areas: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    every = {f"area{number}": doubtful for number in (13, 14, 15)}
    run = add_area_run(areas, change=every, name="doubtful")
    run.write_state(metrics={"test": {"miou": 0.875}})
    (areas / "workbench.toml").write_text('task = "detection"\nclasses = ["disc", "stripe"]\n')
    assert main(["rounds", str(areas)]) == 0
    heading, *_, last = capsys.readouterr().out.splitlines()[:3]
    assert "mIoU" in heading and "doubtful" in last
    assert "1.000" in last, "judged from the score on that is usual of areas"
    assert main(["runs", str(areas)]) == 0
    heading, first = capsys.readouterr().out.splitlines()[:2]
    assert heading.split().index("mIoU") == 5 and "0.875" in first


def test_who_imports_masks_is_told_what_can_be_learned_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("image", "label"):
        (tmp_path / "masks" / folder).mkdir(parents=True)
    for number in range(2):
        pixels, disc, _ = picture(number)
        Image.fromarray(pixels).save(tmp_path / "masks" / "image" / f"{number}.png")
        Image.fromarray(np.where(disc, 255, 0).astype(np.uint8)).save(
            tmp_path / "masks" / "label" / f"{number}.png")
    assert main(["import", str(tmp_path / "masks"), "--project", str(tmp_path / "p")]) == 0
    assert "areas pixel by pixel" in capsys.readouterr().out
