"""What the labels of a project are like, in numbers, for images, sounds and sorted images alike."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from tests.project.helpers import Owner, add_image, box, labelled
from tests.project.test_image_labels import images
from tests.support.tiny_sounds import make_sounds
from workbench.cli import main
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.outlines import Polygon
from workbench.extension.tasks import register_bundled
from workbench.formats.voc import new_voc
from workbench.media.recording_time import time_in_picture
from workbench.project.cache import cache_folder
from workbench.project.datasets.splits import Split, save_split
from workbench.project.session import Session
from workbench.project.statistics import table as table_module
from workbench.project.statistics.facts import facts_of
from workbench.project.statistics.figures import (
    GRID,
    NUMBER_BARS,
    Figure,
    even_bars,
    figures_of,
    samples_text,
)
from workbench.project.statistics.table import NO_PART, ObjectTable, read_objects
from workbench.project.stores.voc import VocStore


@pytest.fixture(autouse=True)
def bundled() -> None:
    register_bundled()


def label(folder: Path, key: str, *objects: LabeledObject, **said: str | bool) -> Path:
    """An image of 64 × 48 with these labels, of which as a whole something is ``said``."""
    path = add_image(folder, key).with_suffix(".xml")
    path.write_bytes(new_voc(Annotation(objects, size=(64, 48), attributes=said),
                             image_path=folder / key, depth=1))
    return path


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    label(tmp_path, "a.png", box("cat", 0, 0, 10, 10), box("cat", 30, 0, 40, 40))
    label(tmp_path, "b.png", box("cat", 0, 0, 20, 20), box("dog", 44, 38, 64, 48))
    label(tmp_path, "c.png")
    add_image(tmp_path, "d.png")
    return tmp_path


def figure(table: ObjectTable, id: str, **chosen: Any) -> Figure:
    return next(item for item in figures_of(table, **chosen) if item.id == id)


def bars(found: Figure) -> dict[str, int]:
    return {name: number for name, number in
            zip(found.columns, found.counts().tolist(), strict=True) if number}


def keys(table: ObjectTable, found: Figure, name: str) -> list[str]:
    """The samples behind a bar."""
    return [table.keys[at] for at in found.members(found.columns.index(name))]


def test_bars_count_objects_and_know_their_images(pets: Path) -> None:
    table = read_objects(pets)
    assert table.keys == ("a.png", "b.png", "c.png", "d.png")
    assert table.labelled.tolist() == [True, True, True, False]
    classes = figure(table, "classes")
    assert bars(classes) == {"cat": 3, "dog": 1}
    assert keys(table, classes, "cat") == ["a.png", "b.png"]
    assert bars(figure(table, "sizes")) == {"8–16 px": 2, "16–32 px": 2}  # 10, 20; 14.1, 20
    assert bars(figure(table, "aspects")) == {"0.25–0.5": 1, "0.8–1.25": 2, "2–4": 1}
    each = figure(table, "per-sample")
    assert bars(each) == {"not labelled": 1, "0": 1, "2": 2}
    assert keys(table, each, "not labelled") == ["d.png"] and keys(table, each, "0") == ["c.png"]


def test_labels_are_counted_by_the_day_they_were_saved(pets: Path) -> None:
    files = sorted(pets.rglob("*.xml"))
    day = 86400 * 20_000 + 43_200  # noon
    for number, file in enumerate(files):
        os.utime(file, (day - 2 * 86400 * (number > 0),) * 2)
    table = read_objects(pets)
    found = figure(table, "days")
    assert len(found.columns) == 3 and found.counts()[1] == 0
    assert found.columns[0] == time.strftime("%Y-%m-%d", time.localtime(day))
    assert found.members(0).tolist() == [table.keys.index(
        files[0].relative_to(pets).with_suffix(".png").as_posix())]
    assert found.counts().sum() == len(table.label)
    os.utime(files[0], (day + 400 * 86400,) * 2)
    assert len(figure(read_objects(pets), "days").columns[0]) == len("2026-11")
    for file in files:
        os.utime(file, (day,) * 2)
    assert "days" not in {item.id for item in figures_of(read_objects(pets))}


def test_labels_are_counted_by_the_day_the_picture_was_taken(tmp_path: Path) -> None:
    def picture(key: str, taken: str = "") -> None:
        label(tmp_path, key, box("cat", 0, 0, 10, 10))
        exif = Image.Exif()
        if taken:
            exif.get_ifd(0x8769)[0x9003] = taken
            Image.new("RGB", (64, 48)).save(tmp_path / key, "JPEG", exif=exif)

    def counted() -> tuple[str, dict[str, int]]:
        found = figure(read_objects(tmp_path), "taken")
        return found.title, {name: number for name, number in bars(found).items() if number}

    picture("IMG_20240521_063000.png")
    picture("site/2024-05-20 06.30.00.png")
    picture("2011_000003.png")
    picture("12024052.png")
    assert counted() == ("Taken (dates in file names)", {"2024-05-21": 1, "2024-05-20": 1})
    picture("a.jpg", "2024:05:18 23:59:59")
    picture("20240501.jpg", "2024:05:18 08:00:00")  # what the camera wrote counts
    picture("b.jpg", "0000:00:00 00:00:00")
    days = {"2024-05-21": 1, "2024-05-20": 1, "2024-05-18": 2}
    assert counted() == counted() == ("Taken (dates in the pictures, else in file names)", days)
    hours = figure(read_objects(tmp_path), "hours")
    assert hours.rows == ("cat",) and {
        hours.name(at): number for at, number in enumerate(hours.counts().ravel()) if number} == {
        "cat, 6": 2, "cat, 8": 1, "cat, 23": 1}, "a day alone is no hour"
    for key in ("a.jpg", "20240501.jpg"):
        data = (tmp_path / key).read_bytes()
        for at in range(0, 200, 7):  # cut off, and with nonsense in it
            (tmp_path / "cut.bin").write_bytes(data[:at] + b"\xff" * 50)
            assert time_in_picture(tmp_path / "cut.bin") == 0 or at > 60


def test_regions_are_counted_by_hour_and_station(tmp_path: Path) -> None:
    for key, start, name in (("moor/20260512_235950", 15.0, "owl"),
                             ("moor/20260513_043000", 1.0, "wren"),
                             ("wood/2026-05-13/20260513_043000", 2.0, "wren")):
        path = tmp_path / f"{key}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, np.zeros(2000), 100)
        path.with_suffix(".selections.txt").write_text(
            "Selection\tBegin Time (s)\tEnd Time (s)\tAnnotation\n"
            f"1\t{start}\t{start + 1}\t{name}\n", "utf-8")
    table = read_objects(tmp_path)
    hours, stations = figure(table, "hours"), figure(table, "stations")
    assert {hours.name(at): number for at, number in enumerate(hours.counts().ravel()) if number
            } == {"owl, 0": 1, "wren, 4": 2}, "what is past midnight is in the next day"
    assert (stations.rows, stations.columns) == (("wren", "owl"), ("moor", "wood"))
    assert stations.counts().tolist() == [[1, 1], [1, 0]]
    assert [table.keys[at] for at in stations.members(1)] == [
        "wood/2026-05-13/20260513_043000.wav"]


def test_the_map_of_positions_has_the_right_corner(pets: Path) -> None:
    table = read_objects(pets)
    places = figure(table, "positions", label="dog").counts()  # its centre is at 54, 43 of 64, 48
    assert places.shape == (GRID, GRID) and places.sum() == 1
    assert np.argwhere(places).tolist() == [[int(43 / 48 * GRID), int(54 / 64 * GRID)]]


def test_classes_that_are_on_one_image_are_counted_by_image(pets: Path) -> None:
    table = read_objects(pets)
    together = figure(table, "together")
    assert together.rows == together.columns == ("cat", "dog")
    assert together.counts().tolist() == [[2, 1], [1, 1]]
    assert [table.keys[at] for at in together.members(1)] == ["b.png"]
    assert together.name(1) == "cat, dog" and together.name(0) == "cat"


def test_a_part_of_the_split_and_a_class_can_be_looked_at_alone(pets: Path) -> None:
    save_split(pets, Split(train=["a.png"], val=["b.png"], test=[]))
    table = read_objects(pets)
    assert table.part.tolist() == [0, 1, NO_PART, NO_PART]
    assert bars(figure(table, "classes", part=1)) == {"cat": 1, "dog": 1}
    assert bars(figure(table, "classes", part=1, label="dog")) == {"dog": 1}
    assert bars(figure(table, "per-sample", part=0)) == {"2": 1}
    splits = figure(table, "splits")
    assert splits.rows == ("cat", "dog") and splits.counts().tolist() == [[2, 1, 0, 0],
                                                                         [0, 1, 0, 0]]
    assert "splits" not in {item.id for item in figures_of(table, part=NO_PART)}


def test_what_changed_is_read_again_and_what_did_not_is_remembered(
        pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read_objects(pets)
    label(pets, "b.png", box("bird", 0, 0, 5, 5))
    os.utime(pets / "b.xml", ns=(1, 1))
    (pets / "a.png").unlink()
    (pets / "a.xml").unlink()
    read: list[str] = []
    real = VocStore.read
    monkeypatch.setattr(VocStore, "read", lambda store, path, image: read.append(
        path.name) or real(store, path, image))
    second = read_objects(pets)
    assert read == ["b.xml"], "c.xml is as it was"
    assert second.keys == ("b.png", "c.png", "d.png")
    assert bars(figure(second, "classes")) == {"bird": 1}
    assert bars(figure(first, "classes")) == {"cat": 3, "dog": 1}
    third = read_objects(pets)
    assert read == ["b.xml"] and bars(figure(third, "classes")) == {"bird": 1}
    assert third.labelled.tolist() == [True, True, False]


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 nothing", None])
def test_a_damaged_memory_is_read_anew(pets: Path, damage: bytes | None) -> None:
    read_objects(pets)
    path = cache_folder(pets) / "statistics.npz"
    whole = path.read_bytes()
    path.write_bytes(damage if damage is not None else whole[:len(whole) // 2])
    assert bars(figure(read_objects(pets), "classes")) == {"cat": 3, "dog": 1}
    assert path.read_bytes() == whole


def test_a_file_that_cannot_be_read_counts_as_not_labelled(pets: Path) -> None:
    (pets / "a.xml").write_text("<annotation><object>")
    table = read_objects(pets)
    assert not table.labelled[0] and bars(figure(table, "classes")) == {"cat": 1, "dog": 1}


def test_sounds_have_durations_and_frequencies(tmp_path: Path) -> None:
    folder = make_sounds(tmp_path / "s", each=1)
    (folder / "high_ann_0.selections.txt").write_text(
        "Selection\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tAnnotation\n"
        "1\t0.0\t0.15\t1000\t2000\thigh\n2\t0.1\t0.12\t0\t100\tlow\n", "utf-8")
    table = read_objects(folder)
    assert table.medium == "sounds" and len(table.keys) == 9
    assert bars(figure(table, "classes")) == {"high": 3, "low": 4, "noise": 3}
    assert bars(figure(table, "durations")) == {"0–0.1 s": 1, "0.1–0.2 s": 1, "0.2–0.5 s": 8}
    pitches = figure(table, "frequencies")
    assert bars(pitches) == {"0–125 Hz": 1, "1000–2000 Hz": 1}
    assert keys(table, pitches, "0–125 Hz") == ["high_ann_0.wav"]
    assert figure(table, "per-sample").title == "Regions in each sound"


def test_sorted_images_have_classes_and_no_sizes(tmp_path: Path) -> None:
    folder = images(tmp_path / "pets", "cat/1.png", "cat/2.png", "dog/1.png")
    table = read_objects(folder)
    assert bars(figure(table, "classes")) == {"cat": 2, "dog": 1}
    assert {item.id for item in figures_of(table)} == {"classes", "per-sample"}
    (folder / "labels.csv").write_text(
        "file,tags\ncat/1.png,cat;indoors\ncat/2.png,cat\ndog/1.png,dog;indoors\n", "utf-8")
    table = read_objects(folder)
    assert bars(figure(table, "classes")) == {"cat": 2, "dog": 1, "indoors": 2}
    assert figure(table, "together").counts().sum() == 5 + 2 * 2


def test_numbers_are_shown_in_bars_of_one_width(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = images(tmp_path / "cells", "1.png", "2.png", "3.png", "4.png", "5.png")
    table = folder / "labels.csv"
    table.write_text("file,number\n1.png,3\n2.png,4\n3.png,4\n4.png,7\n", "utf-8")
    found = read_objects(folder)
    assert [item.id for item in figures_of(found)] == ["numbers"]
    assert bars(figure(found, "numbers")) == {"3": 1, "4": 2, "7": 1}
    assert figure(found, "numbers").columns == ("3", "4", "5", "6", "7")
    assert keys(found, figure(found, "numbers"), "4") == ["2.png", "3.png"]
    assert samples_text(found) == "5 images, 4 numbers"
    table.write_text("file,number\n1.png,3\n2.png,120\n3.png,130\n", "utf-8")
    assert list(figure(read_objects(folder), "numbers").columns)[:2] == ["0–9", "10–19"]
    table.write_text("file,number\n1.png,0.25\n2.png,0.5\n3.png,-0.5\n", "utf-8")
    found = read_objects(folder)
    assert list(figure(found, "numbers").columns)[-2:] == ["0.45–0.5", "0.5–0.55"]
    assert main(["stats", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("5 images, 3 labelled\n")


@given(st.lists(st.floats(-3e38, 3e38), min_size=1, max_size=50))
@example([0.0, 5e-324])
def test_any_numbers_fit_some_bars(values: list[float]) -> None:
    names, bins = even_bars(np.asarray(values))
    assert 1 <= len(names) <= NUMBER_BARS + 2
    assert bins.min() == 0 and bins.max() == len(names) - 1
    order = np.argsort(values)
    assert (np.diff(bins[order]) >= 0).all()


def test_bars_of_large_numbers_are_told_apart() -> None:
    names, _ = even_bars(np.array([1700000000123.0, 1700000000125.0]))
    assert names == ("1700000000123", "1700000000124", "1700000000125")


def test_a_folder_without_samples_has_no_figures(tmp_path: Path) -> None:
    assert figures_of(read_objects(tmp_path)) == []


def test_the_shell_tells_the_same(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_split(pets, Split(train=["a.png"], val=["b.png"], test=[]))
    assert main(["stats", str(pets), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["samples"] == 4 and told["labelled"] == 3 and told["objects"] == 4
    assert told["figures"]["classes"]["counts"] == {"cat": 3, "dog": 1}
    assert told["figures"]["together"]["counts"] == [[2, 1], [1, 1]]
    assert main(["stats", str(pets), "--split", "val", "--class", "dog"]) == 0
    words = capsys.readouterr().out
    assert words.startswith("4 images, 3 labelled, 4 labels of 2 classes")
    assert "dog        1 ▇" in words and "cat " not in words
    assert main(["stats", str(pets), "--class", "mouse"]) == 2
    assert "mouse" in capsys.readouterr().err
    assert main(["stats", str(pets / "nowhere")]) == 2


def test_what_is_saved_while_labels_are_read_is_read_after_that(
        pets: Path, owner: Owner, open_session: Callable[[Path], Session]) -> None:
    session = open_session(pets)
    owner.ready(session)
    facts, tables, outdated = facts_of(session), list[ObjectTable](), list[int]()
    facts.changed.connect(lambda: tables.append(facts.table))  # type: ignore[arg-type]
    facts.want()
    facts.outdated.connect(lambda: outdated.append(len(tables)))
    session.edit("c.png", [box("bird", 0, 0, 5, 5)], "draw")
    assert session.saver.flush(60)
    owner.until(lambda: bool(outdated))
    facts.want()
    owner.until(lambda: bool(tables) and not facts.busy)
    facts.want()  # nothing, where the first reading has seen it
    owner.until(lambda: not facts.busy)
    assert facts.table is not None
    assert bars(figure(facts.table, "classes")) == {"cat": 3, "dog": 1, "bird": 1}
    facts.close()


def test_what_is_saved_while_reading_fails_is_read_after_that(
        pets: Path, owner: Owner, open_session: Callable[[Path], Session],
        monkeypatch: pytest.MonkeyPatch) -> None:
    session, go_on, real = open_session(pets), threading.Event(), read_objects
    owner.ready(session)

    def fails(*_args: object) -> ObjectTable:
        assert go_on.wait(60)
        raise WorkbenchError("the disk is busy")

    monkeypatch.setattr(table_module, "read_objects", fails)
    facts, failures = facts_of(session), list[str]()
    facts.changed.connect(lambda: failures.append(facts.failure))
    facts.outdated.connect(facts.want)
    facts.want()
    session.edit("c.png", [box("bird", 0, 0, 5, 5)], "draw")
    assert session.saver.flush(60)
    owner.until(lambda: session.saver.state == "saved")
    owner.drain()
    monkeypatch.setattr(table_module, "read_objects", real)
    go_on.set()
    owner.until(lambda: facts.table is not None)
    assert "the disk is busy" in failures[0] and failures[-1] == ""
    facts.close()


def test_labels_without_a_size_take_the_image_s(tmp_path: Path) -> None:
    path = labelled(tmp_path, "a.png", ["cat"])
    path.write_text(path.read_text("utf-8").replace("<width>64</width>", "<width>0</width>"))
    table = read_objects(tmp_path)
    assert table.sizes.tolist() == [[64, 48]]


def test_what_could_not_be_read_is_tried_again_although_its_labels_are_as_they_were(
        tmp_path: Path) -> None:
    path = labelled(tmp_path, "a.png", ["cat"])
    path.write_text(path.read_text("utf-8").replace("<width>64</width>", "<width>0</width>"))
    picture = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(b"")
    assert not read_objects(tmp_path).labelled.any()
    (tmp_path / "a.png").write_bytes(picture)
    assert read_objects(tmp_path).labelled.all()


def outlined(name: str, left: float, right: float) -> LabeledObject:
    return LabeledObject(name, Polygon((((left, 0), (right, 0), (right, 48), (left, 48)),)))


def test_of_areas_it_is_said_what_they_cover(tmp_path: Path, capsys: pytest.CaptureFixture[str]
                                             ) -> None:
    label(tmp_path, "a.png", outlined("sea", 0, 16), outlined("sand", 16, 64))
    label(tmp_path, "b.png", outlined("sea", 0, 64))
    label(tmp_path, "c.png", outlined("sand", 0, 16))
    add_image(tmp_path, "d.png")
    things = {figure.id for figure in figures_of(read_objects(tmp_path))}
    assert not things & {"pixels", "images", "by-share"}, "things are learned"
    manifest = tmp_path / "workbench.toml"
    manifest.write_text('task = "semantic-segmentation"\n')
    for _ in range(2):  # as it is read, and as it is remembered
        found = {figure.id: figure for figure in figures_of(read_objects(tmp_path))}
        pixels, shown, images = found["pixels"], found["images"], found["by-share"]
        assert pixels.columns == ("sea", "sand")
        assert pixels.counts() == pytest.approx([80 / 144, 64 / 144])
        assert pixels.texts() == ["56 %", "44 %"]
        assert shown.counts() == pytest.approx([2 / 3, 2 / 3])
        assert images.columns == ("b.png", "a.png") and images.texts() == ["100 %", "25 %"]
        assert images.members(1).tolist() == [0]
        assert not found.keys() & {"sizes", "aspects", "positions"}, "of a whole class"
    sand = {figure.id: figure for figure in figures_of(read_objects(tmp_path), label="sand")}
    assert sand["by-share"].columns == ("a.png", "c.png")
    assert main(["stats", str(tmp_path)]) == 0
    assert "100 %" in capsys.readouterr().out
    assert main(["stats", str(tmp_path), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert figures["pixels"]["shares"]["sea"] == pytest.approx(80 / 144, abs=1e-5)


def test_a_box_that_is_no_place_is_counted_and_has_no_size(tmp_path: Path) -> None:
    label(tmp_path, "a.png", box("cat", 0, 0, 10, 10), box("cat", 1e300, 0, 1e301, 5))
    table = read_objects(tmp_path)
    assert bars(figure(table, "classes")) == {"cat": 2}
    assert bars(figure(table, "sizes")) == {"8–16 px": 1}
