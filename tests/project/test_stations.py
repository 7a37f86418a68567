"""Stations above classes: what moves, exports, cuts out and divides images leaves them what they
are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.project.helpers import add_image, add_labels
from workbench.cli import main
from workbench.extension.plugins import register_bundled
from workbench.project.datasets.groups import stations
from workbench.project.imports.images import import_dataset
from workbench.project.label_export import ExportRequest, export_labels
from workbench.project.task import task_of_folder
from workbench.tasks.image_classification.crops import make_crops
from workbench.tasks.image_classification.labels import read_labels, write_labels

SPECIES = ("badger", "fox")
CAMERAS = tuple(f"cam{number:02d}" for number in range(1, 8))
PLACES = ("moor", "fen", "alder")


def traps(folder: Path, places: tuple[str, ...] = CAMERAS, each: int = 3) -> Path:
    register_bundled()
    for at, place in enumerate(places):
        for kind, name in enumerate(SPECIES):
            for number in range(each):
                add_image(folder, f"{place}/{name}/IMG_{number:04d}.png",
                          (at * 2 + kind) * each + number)
    return folder


def test_such_a_folder_is_about_classes_and_its_stations_are_seen(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = traps(tmp_path / "traps")
    found = read_labels(folder)
    assert task_of_folder(folder) == "image-classification" and found.classes == [*SPECIES]
    assert {*stations(found.keys, found.classes).values()} == {*CAMERAS}
    assert main(["train", str(folder), "--check"]) == 0
    assert "the split mixes stations" in capsys.readouterr().out
    assert main(["split", str(folder), "--group-by", "station", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {*said["groups"]} == {*CAMERAS} and said["in_several_parts"] == []


@pytest.mark.parametrize("places", [CAMERAS, PLACES], ids=["numbered", "named"])
def test_an_image_moves_to_its_class_at_its_station(tmp_path: Path,
                                                    places: tuple[str, ...]) -> None:
    folder, place = traps(tmp_path / "traps", places), places[1]
    add_image(folder, f"{place}/100EK113/new.png", 900)
    write_labels(folder, {f"{place}/fox/IMG_0000.png": "badger", f"{place}/100EK113/new.png": "fox",
                          f"{place}/fox/IMG_0001.png": "lynx"})
    labels = sorted(read_labels(folder).labels.values())
    assert main(["class-folders", str(folder), "--yes"]) == 0
    found = read_labels(folder)
    assert sorted(found.labels.values()) == labels
    assert {f"{place}/badger/IMG_0000-2.png", f"{place}/fox/100EK113/new.png",
            f"{place}/lynx/IMG_0001.png"} < {*found.keys}
    assert {key.split("/")[0] for key in found.keys} == {*places}


@pytest.mark.parametrize("places", [CAMERAS, PLACES], ids=["numbered", "named"])
def test_folders_that_go_out_say_classes_and_keep_the_station(tmp_path: Path,
                                                              places: tuple[str, ...]) -> None:
    folder, out = traps(tmp_path / "traps", places), tmp_path / "out"
    done = export_labels(folder, ExportRequest("folders"), out)
    assert done.labels == len(places) * 6
    first = {path.name for path in out.iterdir() if path.is_dir()}
    assert first == {*SPECIES}, "as ImageFolder and Keras read them"
    back = read_labels(out)
    assert back.classes == [*SPECIES]
    assert all(key.startswith(label) for key, label in back.labels.items())
    assert all(any(place in key for place in places) for key in back.keys)
    if places is CAMERAS:
        assert {*stations(back.keys, back.classes).values()} == {*CAMERAS}


def test_crops_keep_the_station_and_the_class(tmp_path: Path) -> None:
    folder = tmp_path / "boxes"
    for at, place in enumerate(PLACES):
        for number in range(2):
            key = f"{place}/train/IMG_{number}.png"
            add_image(folder, key, at * 2 + number)
            add_labels(folder, key, SPECIES)
    make_crops(folder, tmp_path / "out")
    found = read_labels(tmp_path / "out")
    assert found.classes == [*SPECIES]
    assert "images/fox/moor/train_IMG_0-2.jpg" in found.keys
    assert {*stations(found.keys, found.classes).values()} == {*PLACES}


def test_a_choice_of_the_source_comes_along(tmp_path: Path) -> None:
    folder = traps(tmp_path / "traps", PLACES, 1)
    (folder / "workbench.toml").write_text(
        'task = "image-classification"\n[image-classification]\nclass_folder = 1\n', "utf-8")
    import_dataset(folder, tmp_path / "out")
    assert read_labels(tmp_path / "out").classes == sorted(PLACES)
