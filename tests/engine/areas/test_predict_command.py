"""``workbench predict`` with a model of areas."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import tiny_areas
from PIL import Image

from tests.support.tiny_video import write_video
from workbench.cli import main
from workbench.project.runs import RunFolder


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_what_is_covered_is_said_in_words_and_tables(
    learned: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    project, image = str(learned.project), learned.project / "images" / "area13.png"
    assert main(["predict", project, str(image)]) == 0
    assert capsys.readouterr().out.startswith(f"{image}: ")
    assert main(["predict", project, str(image), "--format", "sums"]) == 0
    [sums] = rows(capsys.readouterr().out)
    _, disc, _ = tiny_areas.picture(13)
    assert list(sums) == ["file", "covered", "disc", "stripe", "disc regions", "stripe regions",
                          "disc mean area", "stripe mean area", "recorded_at", "station"]
    assert sums["disc regions"] == "1"
    assert float(sums["disc"]) == pytest.approx(disc.mean(), abs=0.03)
    assert main(["predict", project, str(image), "--format", "csv", "--score-thresh", "0.5",
                 "--class-thresh", "stripe=1"]) == 0
    found = rows(capsys.readouterr().out)
    assert {row["label"] for row in found} == {"disc"}
    assert sum(float(row["share"]) for row in found) <= float(sums["disc"]) + 1e-5
    assert main(["predict", project, str(image), "--format", "csv", "--split", "0.9"]) == 0
    split = [row for row in rows(capsys.readouterr().out) if row["label"] == "disc"]
    assert sum(float(row["share"]) for row in split) == pytest.approx(float(sums["disc"]), abs=0.01)
    assert main(["predict", project, str(image), "--tracks", "--out", "nowhere"]) == 2
    assert "means nothing" in capsys.readouterr().err


def test_masks_labels_and_pictures_of_images_and_videos_go_into_a_folder(
    learned: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, project = tmp_path / "out", learned.project
    film = write_video(tmp_path / "film.mp4", 3, 10.0)
    image = project / "images" / "area13.png"
    command = ["predict", str(project), str(image), str(film), "--out", str(out), "--draw",
               "--masks", "--format", "coco"]
    assert main(command) == 0
    made = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    assert made == ["answers.jsonl", "coco/annotations/instances.json", "drawn/area13.jpg",
                    "drawn/film.mp4", "masks/area13.png", "masks/film-000000.png",
                    "masks/film-000001.png", "masks/film-000002.png", "masks/labelmap.txt"]
    _, disc, _ = tiny_areas.picture(13)
    with Image.open(out / "masks" / "area13.png") as mask:
        assert mask.size == tiny_areas.SIZE
        assert ((np.asarray(mask) == 1) == disc).mean() > 0.95
    coco = json.loads((out / "coco" / "annotations" / "instances.json").read_text())
    assert {item["name"] for item in coco["categories"]} == {"disc", "stripe"}
    assert any(item["segmentation"] for item in coco["annotations"])
    capsys.readouterr()
    before = (out / "answers.jsonl").read_bytes()
    assert main(command) == 0
    assert "2 files of an earlier call are there already" in capsys.readouterr().err
    assert (out / "answers.jsonl").read_bytes().startswith(before)
