"""Weights by download, from a server on this machine that cuts, lies and forgets."""

from __future__ import annotations

import errno
import io
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from tiny_project import make_project
from torchvision import models
from torchvision.models import detection
from weight_server import Shelf, weight_server

from tests.engine.steering import Listener
from workbench.core.errors import WorkbenchError
from workbench.core.folders import weights_folder
from workbench.engine.models import download as downloading
from workbench.engine.models.download import download
from workbench.engine.models.saved import read_weights
from workbench.engine.models.weight_files import load_weights, read_pth
from workbench.engine.models.weights import is_available, weights_path
from workbench.engine.training.control import Interrupt, TrainControl
from workbench.engine.training.preflight import preflight
from workbench.engine.training.start import fetch_start, find_start
from workbench.engine.training.train import train
from workbench.extension.recipe import Weights
from workbench.extension.registry import recipes
from workbench.formats.locks import try_lock
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import Progress

DATA = random.Random(0).randbytes(1_500_000)


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    monkeypatch.setattr(downloading, "_PAUSE", 0.0)
    with weight_server() as found:
        yield found


def quiet(done: int, total: int) -> None:
    pass


def part_of(weights: Weights) -> Path:
    path = weights_path(weights)
    return path.with_name(f"{path.name}.part")


def test_progress_is_told_and_the_file_is_whole(shelf: Shelf) -> None:
    weights = shelf.put("a.pth", DATA)
    ticks: list[tuple[int, int]] = []
    assert not is_available(weights)
    path = download(weights, lambda done, total: ticks.append((done, total)))
    assert path == weights_path(weights) and path.read_bytes() == DATA
    assert ticks[0] == (0, len(DATA)) and ticks[-1] == (len(DATA), len(DATA))
    assert ticks == sorted(ticks) and list(weights_folder().iterdir()) == [path]


def test_a_cut_download_goes_on_where_it_broke(shelf: Shelf) -> None:
    weights = shelf.put("a.pth", DATA)
    shelf.cut = [400_000, 500_000]
    assert download(weights, quiet).read_bytes() == DATA
    assert shelf.asked == [0, 400_000, 900_000]


def test_a_server_that_cannot_begin_within_a_file_gives_it_anew(shelf: Shelf) -> None:
    weights = shelf.put("a.pth", DATA)
    shelf.cut, shelf.ranges = [400_000], False
    assert download(weights, quiet).read_bytes() == DATA
    assert shelf.asked == [0, 400_000]


def test_what_came_before_the_connection_was_gone_for_good_is_kept(shelf: Shelf) -> None:
    weights = shelf.put("a.pth", DATA)
    shelf.cut = [100_000] * 4
    with pytest.raises(WorkbenchError, match=r"broke again and again.*start once more"):
        download(weights, quiet)
    assert not is_available(weights) and part_of(weights).read_bytes() == DATA[:400_000]
    assert download(weights, quiet).read_bytes() == DATA
    assert shelf.asked[-1] == 400_000 and not part_of(weights).exists()


def test_a_cancelled_download_goes_on_the_next_time(shelf: Shelf) -> None:
    weights = shelf.put("a.pth", DATA)

    def tick(done: int, total: int) -> None:
        if done:
            raise Interrupt("cancel")

    with pytest.raises(Interrupt):
        download(weights, tick)
    assert not is_available(weights)
    assert download(weights, quiet).read_bytes() == DATA and shelf.asked[-1] > 0


def test_a_file_that_had_come_whole_is_not_fetched_again(shelf: Shelf) -> None:
    weights = shelf.put("a.pth", DATA)
    part_of(weights).parent.mkdir(parents=True)
    part_of(weights).write_bytes(DATA)  # ended between the last byte and the new name
    assert download(weights, quiet).read_bytes() == DATA and shelf.asked == [len(DATA)]


def test_a_beginning_of_another_file_is_thrown_away(shelf: Shelf) -> None:
    weights = shelf.put("a.pth", DATA)
    part_of(weights).parent.mkdir(parents=True)
    for other in (b"another" * 1000, b"longer " * 400_000):
        part_of(weights).write_bytes(other)
        assert download(weights, quiet).read_bytes() == DATA and shelf.asked[-1] == 0
        weights_path(weights).unlink()


def test_a_file_of_another_hash_is_not_kept(shelf: Shelf) -> None:
    weights = replace(shelf.put("a.pth", DATA), sha256="0123abcd")
    with pytest.raises(WorkbenchError, match=r"other weights than were expected.*were deleted"):
        download(weights, quiet)
    assert not list(weights_folder().iterdir()) and shelf.asked == [0]


def test_no_network_and_no_such_file_are_told_in_a_sentence(shelf: Shelf) -> None:
    weights = shelf.put("a.pth", DATA)
    for url in (shelf.address + "missing.pth", "http://127.0.0.1:9/x.pth"):
        with pytest.raises(WorkbenchError, match="could not be fetched from http"):
            download(replace(weights, url=url), quiet)
    assert not list(weights_folder().iterdir())


def test_a_disk_without_room_is_told_before_anything_comes(
        shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = shelf.put("a.pth", DATA * 4)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=2**20))
    with pytest.raises(WorkbenchError, match="need 6 MB, and the disk has only 1 MB left"):
        download(weights, quiet)
    assert not list(weights_folder().iterdir())


def test_a_disk_that_fills_up_meanwhile_is_told_and_given_its_room_back(shelf: Shelf) -> None:
    weights = shelf.put("a.pth", DATA)

    def tick(done: int, total: int) -> None:
        if done:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(WorkbenchError, match="No space left on device"):
        download(weights, tick)
    assert not list(weights_folder().iterdir())


def test_two_programs_do_not_write_into_one_file(shelf: Shelf) -> None:
    weights = shelf.put("a.pth", DATA)
    part_of(weights).parent.mkdir(parents=True)
    with part_of(weights).open("ab") as file:
        if not try_lock(file.fileno()):
            pytest.skip("this system has no locks")
        with pytest.raises(WorkbenchError, match="another program fetches these weights"):
            download(weights, quiet)
    assert download(weights, quiet).read_bytes() == DATA


def test_only_plain_arrays_are_taken_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "x.pth"
    torch.save({
        "plain": torch.ones(3), "sparse": torch.eye(3).to_sparse(), "number": 3, "text": "x",
        "huge": torch.ones(1).expand(10**10), "complex": torch.ones(2, dtype=torch.complex64),
        "quantised": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
    }, path)
    assert list(read_pth(path)) == ["plain"]


# The whole way, with files of the form and name that torchvision has


def served(shelf: Shelf, id: str, state: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> str:
    """Serve ``state`` as the weights of a recipe, which gets the address and the hash of it."""
    data = io.BytesIO()
    torch.save(state, data)
    recipe = recipes.get(id)
    weights = shelf.put(recipe.weights[0].name, data.getvalue())
    assert weights.name.endswith(".pth") and recipe.weights[0].url.endswith(weights.name)
    monkeypatch.setitem(recipes._items, id, replace(recipe, weights=(weights,)))
    return id


def test_coco_weights_are_fetched_when_asked_for_and_their_classes_kept_by_name(
        shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    coco = detection.ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None,
                                                   num_classes=91).state_dict()
    name = served(shelf, "ssdlite320-mobilenet-v3", coco, monkeypatch)
    project = make_project(tmp_path / "p", images=8, val=2, test=1)
    for path in project.glob("annotations/*.xml"):
        path.write_text(path.read_text().replace("red", "dog"))
    listen = Listener()
    settings = {"batch_size": 4, "lr": 1e-8, "train_layers": "head", "image_size": 128}
    wish = TrainRequest(recipe=name, epochs=1, device="cpu", settings=settings)
    assert "from nothing" in preflight(project, wish, listen, TrainControl()).words
    wish = replace(wish, start_from="pretrained")
    answer = preflight(project, wish, listen, TrainControl())
    assert "MB to fetch" in answer.words and answer.weights["available"] is False
    assert not shelf.asked  # nobody had agreed yet
    shelf.cut = [5_000_000]
    run = train(project, wish, listen, TrainControl())
    told = [item for item in listen.of(Progress) if "weights" in item.text]
    assert shelf.asked == [0, 5_000_000] and told[-1].done == told[-1].total
    assert run.config["start_from"]["kind"] == "pretrained"
    learned = read_weights(run.best_path)
    row = detection.SSDLite320_MobileNet_V3_Large_Weights.DEFAULT.meta["categories"].index("dog")
    key = "head.classification_head.module_list.0.1.weight"
    mine = learned[key].reshape(-1, 3, *learned[key].shape[1:])
    theirs = coco[key].reshape(-1, 91, *coco[key].shape[1:])
    torch.testing.assert_close(mine[:, 1 + run.config["classes"].index("dog")], theirs[:, row],
                               atol=1e-4, rtol=0)
    assert "weights of Tiny on this machine" in preflight(project, wish, listen,
                                                          TrainControl()).words


def test_imagenet_weights_are_fetched_and_fit(
        shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imagenet = models.mobilenet_v3_small(weights=None).state_dict()
    name = served(shelf, "mobilenet-v3-small", imagenet, monkeypatch)
    recipe = recipes.get(name)
    start = find_start(tmp_path, recipe, "pretrained")
    assert find_start(tmp_path, recipe, "auto").kind == "none"
    fetch_start(start, quiet)
    assert find_start(tmp_path, recipe, "auto").kind == "pretrained"
    assert load_weights(recipe.weights[0]).keys() == imagenet.keys()


def test_damaged_weights_are_told_with_what_helps(tmp_path: Path) -> None:
    folder = tmp_path / "packaged_weights"
    folder.mkdir()
    (folder / "a.pth").write_bytes(b"damaged")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        packaged = Weights("a.pth", "", "12", 7, "a", package="packaged_weights:a.pth")
        with pytest.raises(WorkbenchError, match="came with the program: install that again"):
            load_weights(packaged)
        fetched = replace(packaged, url="https://localhost/a.pth")
        with pytest.raises(WorkbenchError, match="delete it to fetch it again"):
            load_weights(fetched)
        patch.setattr(Path, "open", _refused)
        with pytest.raises(WorkbenchError, match=r"a\.pth"):
            load_weights(packaged)


def _refused(*_: object) -> None:
    raise PermissionError(13, "Permission denied")
