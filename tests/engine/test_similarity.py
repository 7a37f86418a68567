"""Samples that look alike are near each other on the map, and labels that do not fit are found."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import tiny_pictures
import tiny_project
import tiny_sounds
import torch

from workbench.core.errors import UsageError, WorkbenchError
from workbench.engine.models import weights
from workbench.engine.service import perform
from workbench.engine.similarity import embedding
from workbench.engine.similarity.arrange import arrange, find_alike
from workbench.engine.similarity.layout import nearest_neighbours, reduce_dimensions, umap_layout
from workbench.engine.training.control import TrainControl
from workbench.formats.content import KEY_SIZE
from workbench.formats.sample_maps import (
    OBJECTS,
    SAMPLES,
    SampleMap,
    load_sample_map,
    map_path,
)
from workbench.jobs.commands import Arrange
from workbench.jobs.events import Event, Finished, Progress
from workbench.project.cache import cache_folder


class Told:
    """Takes what is reported."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, text: str, done: int, total: int) -> None:
        assert 0 <= done <= total
        self.texts.append(text)

    def warn(self, sentence: str) -> None:
        raise AssertionError(sentence)

    def check(self) -> None:
        pass


def made(project: Path, what: str = SAMPLES, told: Told | None = None) -> SampleMap:
    found = load_sample_map(Path(arrange(project, what, told or Told())["map"]))
    assert found.what == what
    assert found.points.min() >= 0 and found.points.max() <= 1
    return found


def agreeing(found: SampleMap, labels: Sequence[str], count: int = 3) -> float:
    """Share of the nearest ``count`` that have the same label, by features and on the map."""
    away = np.linalg.norm(found.points[:, None] - found.points[None], axis=2)
    np.fill_diagonal(away, np.inf)
    shares = [np.mean([labels[other] == labels[row] for row in range(len(labels))
                       for other in rows[row][:count]])
              for rows in (found.neighbours, np.argsort(away, axis=1))]
    return float(min(shares))


# --- from features to places ----------------------------------------------------------------------


def blobs(each: int = 40, groups: int = 4) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    middles = torch.randn(groups, 100, generator=generator)
    return torch.cat([middle + 0.3 * torch.randn(each, 100, generator=generator)
                      for middle in middles])


def test_the_nearest_are_those_of_a_plain_search() -> None:
    points = torch.nn.functional.normalize(blobs(), dim=1)
    found = nearest_neighbours(points, 7)
    alike = points @ points.T
    alike.fill_diagonal_(-9)
    torch.testing.assert_close(found.similarity, alike.sort(dim=1, descending=True).values[:, :7])
    assert not (found.rows == torch.arange(len(points))[:, None]).any()


def test_groups_stay_groups_and_one_start_gives_one_map() -> None:
    points = reduce_dimensions(blobs())
    found = nearest_neighbours(points)
    places = umap_layout(points, found)
    groups = torch.arange(4).repeat_interleave(40)
    away = torch.cdist(places, places)
    away.fill_diagonal_(9)
    assert (groups[away.argmin(1)] == groups).float().mean() > 0.99
    assert torch.equal(places, umap_layout(points, found))


@pytest.mark.parametrize("points", [
    torch.zeros(0, 8), torch.ones(1, 8), torch.ones(2, 8), torch.ones(5, 8), torch.ones(40, 1),
    torch.eye(3)], ids=["none", "one", "two", "same", "one number", "three"])
def test_few_and_equal_ones_have_places_too(points: torch.Tensor) -> None:
    few = reduce_dimensions(points) if len(points) else points
    places = umap_layout(few, nearest_neighbours(few))
    assert places.shape == (len(points), 2) and torch.isfinite(places).all()
    assert (places >= 0).all() and (places <= 1).all()


# --- of projects ----------------------------------------------------------------------------------


def test_pictures_of_one_class_are_near_each_other(tmp_path: Path) -> None:
    folder = tiny_pictures.make_pictures(tmp_path / "p")
    (folder / "dots" / "cut.png").write_bytes((folder / "dots" / "0.png").read_bytes()[:200])
    found = made(folder)
    assert sorted(found.keys) == sorted(
        f"{name}/{index}.png" for name in tiny_pictures.CLASSES for index in range(6))
    assert [key.partition("/")[0] for key in found.keys] == list(found.labels)
    assert agreeing(found, found.labels) > 0.95
    assert arrange(folder, SAMPLES, Told())["unreadable"] == ["dots/cut.png"]


def test_a_wrong_label_is_doubted(tmp_path: Path) -> None:
    project = tiny_project.make_project(tmp_path / "p")
    path = project / "annotations" / "005.xml"
    text = path.read_text("utf-8")
    wrong = "red" if "<name>blue" in text else "blue"
    right = "blue" if wrong == "red" else "red"
    path.write_text(text.replace(f"<name>{right}", f"<name>{wrong}", 1), "utf-8")
    found = made(project, OBJECTS)
    assert len(found) == 32 and np.isfinite(found.boxes).all()
    first, other = found.doubtful(found.labels)[0]
    assert (found.keys[first], found.labels[first], other) == ("images/005.png", wrong, right)


def test_sounds_of_one_class_are_near_each_other(tmp_path: Path) -> None:
    folder = tiny_sounds.make_sounds(tmp_path / "p")
    found = made(folder)
    assert len(found) == 36
    assert agreeing(found, [key.partition("_")[0] for key in found.keys]) > 0.95


def test_labelled_regions_of_sounds(tmp_path: Path) -> None:
    folder = tiny_sounds.make_sounds(tmp_path / "p", each=1)
    for path in folder.glob("*.wav"):
        label = path.name.partition("_")[0]
        path.with_suffix(".txt").write_text(f"0.05\t0.25\t{label}\n", "utf-8")
    found = made(folder, OBJECTS)
    assert len(found) == 9 and set(found.labels) == set(tiny_sounds.CLASSES)
    np.testing.assert_allclose(found.boxes[:, [0, 2]], [[0.05, 0.25]] * 9, atol=1e-6)


def test_what_did_not_change_is_not_looked_at_again(tmp_path: Path) -> None:
    folder = tiny_pictures.make_pictures(tmp_path / "p", each=2)
    first, second, third = Told(), Told(), Told()
    before = made(folder, told=first)
    assert "Looking at images" in first.texts
    again = made(folder, told=second)
    assert "Looking at images" not in second.texts
    np.testing.assert_array_equal(again.points, before.points)
    tiny_pictures.picture("waves", 7).save(folder / "dots" / "0.png")
    os.utime(folder / "dots" / "0.png", ns=(1, 1))
    changed = made(folder, told=third)
    assert "Looking at images" in third.texts
    nearest_one = changed.keys[changed.neighbours[changed.keys.index("dots/0.png")][0]]
    assert nearest_one.startswith("waves/")


def test_what_is_not_on_the_map_is_compared_with_it(tmp_path: Path) -> None:
    folder = tiny_pictures.make_pictures(tmp_path / "p", each=3)
    found = made(folder)
    tiny_pictures.picture("waves", 7).save(folder / "dots" / "9.png")
    told = Told()
    alike = find_alike(folder, SAMPLES, "dots/9.png", None, told)
    assert told.texts.count("Looking at images") == 1  # at that one alone
    assert [found.keys[row].split("/")[0] for row in alike["rows"]][:3] == ["waves"] * 3
    assert alike["similarity"] == sorted(alike["similarity"], reverse=True)
    with pytest.raises(UsageError, match="no “dots/10"):
        find_alike(folder, SAMPLES, "dots/10.png", None, told)


def test_an_object_is_found_by_its_box(tmp_path: Path) -> None:
    project = tiny_project.make_project(tmp_path / "p", images=8, val=0, test=0)
    found = made(project, OBJECTS)
    alike = find_alike(project, OBJECTS, found.keys[2], found.boxes[2].tolist(), Told())
    assert alike["rows"][0] == 2 and alike["similarity"][0] == pytest.approx(1.0, abs=1e-4)


def test_a_damaged_record_is_made_again(tmp_path: Path) -> None:
    project = tiny_pictures.make_pictures(tmp_path / "p")
    before = made(project)
    record, = map_path(cache_folder(project), SAMPLES).parent.glob("*.bin")
    data = record.read_bytes()
    record.write_bytes(data[:KEY_SIZE] + b"\xff" * 400 + data[KEY_SIZE + 400:])  # not a number
    np.testing.assert_allclose(made(project).similarity, before.similarity, atol=1e-4)


def test_too_few_are_told(tmp_path: Path) -> None:
    project = tiny_project.make_project(tmp_path / "p", images=2, val=0, test=0)
    with pytest.raises(UsageError, match="at least 3 images"):
        arrange(project, SAMPLES, Told())
    with pytest.raises(UsageError, match="no map of “nothing”"):
        arrange(project, "nothing", Told())


def test_missing_weights_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny_pictures.make_pictures(tmp_path / "p", each=1)
    embedding._network.cache_clear()
    monkeypatch.setattr(weights, "weights_path", lambda _weights: tmp_path / "nothing.pth")
    with pytest.raises(WorkbenchError, match="install the program again"):
        arrange(folder, SAMPLES, Told())


def test_giving_up_keeps_the_map_of_before(tmp_path: Path) -> None:
    folder = tiny_pictures.make_pictures(tmp_path / "p", each=2)
    path = Path(arrange(folder, SAMPLES, Told())["map"])
    kept = path.read_bytes()
    tiny_pictures.picture("waves", 7).save(folder / "dots" / "9.png")
    control, events = TrainControl(), list[Event]()

    def take(event: Event) -> None:
        events.append(event)
        if isinstance(event, Progress):
            control.cancel()

    perform(Arrange("1", str(folder)), take, control)
    assert isinstance(events[-1], Finished) and events[-1].state == "cancelled"
    assert path.read_bytes() == kept
