"""Stations above classes: what moves, exports, cuts out and divides images leaves them what they
are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.project.helpers import add_image, add_labels
from tests.support.sound_layouts import write
from workbench.cli import main
from workbench.extension.plugins import register_bundled
from workbench.project.datasets.groups import stations
from workbench.project.imports.images import import_dataset
from workbench.project.label_export import ExportRequest, export_labels
from workbench.project.library.clips import find_sounds
from workbench.project.library.label_sources import label_source
from workbench.project.manifest import Manifest
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


def test_the_level_can_be_said_where_a_folder_is_imported(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = traps(tmp_path / "traps", PLACES, 1)
    def brought(name: str, *options: str) -> int:
        return main(["import", str(folder), "--project", str(tmp_path / name), *options])

    assert main(["train", str(folder), "--check"]) == 0
    assert "the first folder could be meant, too (alder, fen, moor)" in capsys.readouterr().out
    assert brought("two") == 0
    said = capsys.readouterr().out
    assert "second folder (badger, fox)" in said and "--labels folders:1" in said
    assert read_labels(tmp_path / "two").classes == [*SPECIES]
    assert brought("one", "--labels", "folders:1") == 0
    assert "folders:1" not in capsys.readouterr().out
    found = read_labels(tmp_path / "one")
    assert found.classes == sorted(PLACES) and found.levels.doubted is None
    assert brought("none", "--labels", "none") == 0
    assert not read_labels(tmp_path / "none").labels
    assert brought("odd", "--labels", "folders:x") == 2


def test_a_choice_of_the_source_comes_along(tmp_path: Path) -> None:
    folder = traps(tmp_path / "traps", PLACES, 1)
    (folder / "workbench.toml").write_text(
        'task = "image-classification"\n[image-classification]\nclass_folder = 1\n', "utf-8")
    import_dataset(folder, tmp_path / "out")
    assert read_labels(tmp_path / "out").classes == sorted(PLACES)


def recorded(folder: Path, *keys: str) -> list[str]:
    for number, key in enumerate(keys):
        write(folder / key, number)
    return list(keys)


def classes_of(folder: Path, keys: list[str]) -> set[str]:
    labels = label_source(folder, keys)
    return {name for key in keys for name in labels(key).classes}


@pytest.mark.parametrize(("form", "several"), [
    ("{place}/{name}/{number}.wav", True), ("{name}/{number}.wav", False),
    ("{place}/{name}/20260512_04300{number}.WAV", True), ("{name}/SMA01/{number}.wav", False),
    ("{place}/{name}/2026-05-12/{number}.wav", True), ("2026-05/{place}/{name}/{number}.wav", True),
])
def test_classes_of_sounds_are_seen_below_and_above_stations(tmp_path: Path, form: str,
                                                             several: bool) -> None:
    keys = recorded(tmp_path, *(form.format(place=place, name=name, number=number)
                                for place in (PLACES if several else PLACES[:1])
                                for name in ("wren", "robin") for number in range(2)))
    assert classes_of(tmp_path, keys) == {"wren", "robin"}


def test_folders_of_recorders_are_still_no_classes(tmp_path: Path) -> None:
    keys = recorded(tmp_path, *(f"{place}/Data/20260512_04{number}000.wav" for place in PLACES
                                for number in range(2)))
    assert not classes_of(tmp_path, keys)


def test_the_level_of_sounds_is_said_in_the_shell_and_stays_right_in_the_project(
        tmp_path: Path) -> None:
    source, project = tmp_path / "songs", tmp_path / "out"
    recorded(source, *(f"{place}/{name}/{number}.wav" for place in PLACES
                       for name in ("wren", "robin") for number in range(2)))
    assert main(["import", str(source), "--project", str(project), "--labels", "folders:1"]) == 0
    keys = find_sounds(project)
    assert classes_of(project, keys) == {*PLACES}
    assert Manifest.load(project).sounds["class_folder"] == 1
    assert main(["import", str(source), "--project", str(tmp_path / "no"), "--labels", "folders:7"]
                ) == 2
