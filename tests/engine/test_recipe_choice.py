"""Which recipe the button takes, told with its reason, in the shell and for the window alike."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_pictures import make_pictures
from tiny_project import make_project

from workbench.cli import main
from workbench.engine.models import weights as weight_files
from workbench.engine.models.weights import weights_path
from workbench.engine.training.control import TrainControl
from workbench.engine.training.planning import make_plan
from workbench.engine.training.preflight import preflight
from workbench.extension.recipe import LITE0
from workbench.extension.registry import recipes
from workbench.jobs.commands import TrainRequest
from workbench.project.runs import list_runs
from workbench.tasks.detection.engine import throughput
from workbench.tasks.detection.recipe_choice import (
    RULES,
    Situation,
    choose_recipe,
    shows_large_things,
)

SECONDS = {"compact-lite0": 0.1, "compact-s": 0.02, "compact-m": 0.06}
"""What learning one image once takes on the machine of these tests, by recipe."""


def chosen(device: str = "cpu", images: int = 200, minutes: float | None = None,
           weights: tuple[str, ...] = (), large_things: bool = False) -> tuple[str, str]:
    now = Situation(device, images, minutes, frozenset(weights), large_things,
                    lambda recipe: (minutes or 0) * 60 / images / SECONDS[recipe])
    return choose_recipe(recipes, now)


@pytest.mark.parametrize(("device", "images", "minutes", "wanted"), [
    ("cpu", 200, None, "compact-n"),
    ("cpu", 200, 5, "compact-n"),
    ("cpu", 200, 20, "compact-n"),
    ("cpu", 200, 45, "compact-n"),  # which learns as much from so few
    ("cpu", 500, 45, "compact-s"),
    ("cpu", 20, 45, "compact-n"),  # few images
    ("cpu", 100_000, 45, "compact-n"),  # a larger model would hardly see them all
    ("cpu", 1500, 600, "compact-m"),
    ("cuda", 200, None, "compact-s"),
    ("cuda", 5000, None, "compact-m"),
    ("cuda", 20, None, "compact-n"),
    ("cuda", 200, 0.5, "compact-n"),
    ("mps", 200, 10, "compact-s"),
])
def test_device_time_and_data_decide(
    device: str, images: int, minutes: float | None, wanted: str
) -> None:
    recipe, reason = chosen(device, images, minutes)
    assert recipe == wanted
    assert reason and "{" not in reason and not reason.endswith(".")


def test_weights_that_are_here_are_used_where_they_help() -> None:
    resnet, mobile = "fasterrcnn-resnet50-fpn-v2", "fasterrcnn-mobilenet-v3-320"
    assert chosen("cuda", weights=(resnet,))[0] == resnet
    assert chosen("cpu", weights=(resnet,))[0] == "compact-n"
    assert chosen("cpu", 50, 30, (mobile,))[0] == mobile
    assert chosen("cpu", 50, 3, (mobile,))[0] == "compact-n"
    assert chosen("cpu", 500, 30, (mobile,))[0] == "compact-s"


def test_a_backbone_that_knows_photos_is_taken_for_few_photos_of_large_things() -> None:
    photos: dict[str, Any] = {"images": 150, "weights": ("compact-lite0",), "large_things": True}
    assert chosen(**photos)[0] == "compact-lite0", "it ends by itself"
    for other in ({"large_things": False}, {"weights": ()}, {"images": 2000}, {"device": "cuda"}):
        assert chosen(**{**photos, "minutes": 60, **other})[0] != "compact-lite0"


@pytest.mark.parametrize(("images", "minutes", "wanted"), [
    (150, 5, "compact-lite0"), (150, 0.3, "compact-lite0"), (150, 0.2, "compact-n"),
    (400, 0.6, "compact-n"), (400, 2, "compact-lite0"),
])
def test_a_trial_on_this_machine_decides_whether_there_is_time_for_it(
    images: int, minutes: float, wanted: str
) -> None:
    recipe, reason = chosen("cpu", images, minutes, ("compact-lite0",), large_things=True)
    assert recipe == wanted
    assert ("tried on this machine" in reason) == (wanted == "compact-lite0")
    if images == 150 and minutes == 5:
        assert reason.endswith("large things (tried on this machine: it sees each about 20 times "
                               "in 5 minutes)")


@pytest.mark.parametrize(("sizes", "images", "large"), [
    ([0.5, 0.4, 0.6], 3, True),
    ([0.2] * 3, 3, False),  # small
    ([0.3] * 30, 3, False),  # many
    ([], 3, False),  # nothing
    ([], 0, False),
])
def test_what_few_large_things_are(sizes: list[float], images: int, large: bool) -> None:
    assert shows_large_things(sizes, images) == large


def test_every_rule_names_a_recipe_that_is_there_and_is_reached() -> None:
    assert all(rule.recipe in recipes for rule in RULES)
    reached = set()
    for device in ("cpu", "cuda", "mps"):
        for images in (5, 50, 200, 2000, 10**6):
            for minutes in (None, 0.5, 5, 30, 600):
                for weights in (frozenset[str](), frozenset(rule.recipe for rule in RULES)):
                    for large in (False, True):
                        now = Situation(device, images, minutes, weights, large)
                        reached.add(next(rule for rule in RULES if rule.fits(now)))
    assert reached == set(RULES)


def test_where_objects_have_outlines_a_recipe_that_learns_them_is_chosen() -> None:
    weights = frozenset({"fasterrcnn-resnet50-fpn-v2"})
    boxes = Situation("cuda", 200, 30, weights)
    assert choose_recipe(recipes, boxes)[0] == "fasterrcnn-resnet50-fpn-v2"
    assert choose_recipe(recipes, replace(boxes, details=True))[0] == "compact-s"
    others = [recipe for recipe in recipes if recipe.id.startswith("fasterrcnn")]
    assert choose_recipe(others, replace(boxes, details=True))[0] == "fasterrcnn-resnet50-fpn-v2"


def test_what_is_not_installed_is_not_chosen() -> None:
    some = [recipe for recipe in recipes if recipe.id in ("compact-m", "tiny")]
    assert choose_recipe(some, Situation("cpu", 200))[0] == "compact-m"
    assert choose_recipe([], Situation("cpu", 200)) == ("compact-n", "")


def test_choosing_needs_no_torch() -> None:
    code = ("import sys, workbench.tasks.detection.recipe_choice as c; "
            "from workbench.extension.plugins import load_plugins; load_plugins(); "
            "from workbench.extension.registry import recipes; "
            "print(c.choose_recipe(recipes, c.Situation('cpu', 9))[0], 'torch' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          timeout=120)
    assert done.stdout.split() == ["compact-n", "False"]


@pytest.fixture
def mobile_weights(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The file of pretrained weights lies here, and is taken for what is expected."""
    monkeypatch.setattr(weight_files, "check_hash", lambda *_: None)
    path = weights_path(recipes.get("fasterrcnn-mobilenet-v3-320").weights[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    yield
    path.unlink()


def planned(project: Path, **options: object) -> str:
    request = replace(TrainRequest(device="cpu"), **options)
    return make_plan(project, request, lambda *_: None).recipe.id


@pytest.mark.usefixtures("mobile_weights")
def test_a_plan_chooses_by_what_is_in_the_project_and_asked_for(project: Path) -> None:
    assert planned(project) == "fasterrcnn-mobilenet-v3-320"  # few images
    assert planned(project, minutes=1.0) == "compact-n"
    assert planned(project, start_from="none") == "compact-n"
    assert planned(project, recipe="tiny") == "tiny"


def test_the_choice_and_its_reason_are_told_before_and_by_the_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make_project(tmp_path / "p")
    wish = TrainRequest(device="cpu", epochs=1, settings={"image_size": 64})
    answer = preflight(project, wish, lambda event: None, TrainControl())
    assert answer.recipe == "compact-n"
    assert answer.reason == ("Compact was chosen: a small model suits few images (16)")
    assert answer.reason in answer.words
    assert "training at" in answer.shape and answer.shape in answer.words
    explicit = TrainRequest(recipe="compact-n", device="cpu")
    assert not preflight(project, explicit, lambda event: None, TrainControl()).reason
    arguments = ["train", str(project), "--device", "cpu", "--epochs", "1"]
    assert main([*arguments, "--set", "image_size=64"]) == 0
    told = capsys.readouterr()
    assert answer.reason in told.out + told.err
    config = list_runs(project)[0].config  # the same figures as were told before
    assert config["recipe"] == answer.recipe and config["device"] == answer.device
    assert config["classes"] == answer.classes and config["epochs"] == answer.epochs == 1
    assert {part: config["split"][part] for part in answer.split} == answer.split
    width, height = config["input_size"]
    assert f"{width}×{height}" in answer.words and "1 epoch in" in answer.words


@pytest.mark.parametrize(("pixels", "wanted"), [(1e9, "compact-lite0"), (1.0, "compact-n")])
def test_what_the_trial_measures_is_what_a_training_would_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pixels: float, wanted: str
) -> None:
    tried: list[Any] = []

    def measured(model: Any, *_: object) -> float:
        tried.append(model.module.train())
        return pixels

    monkeypatch.setattr(throughput, "pixels_a_second", measured)
    monkeypatch.setattr(throughput, "_speeds", {})
    photos = make_project(tmp_path / "photos", images=12, size=(44, 36), val=2, test=0)
    assert planned(photos) == "compact-lite0", "it ends by itself"
    assert not tried, "nothing is tried where no time is given"
    assert planned(photos, minutes=1.0) == wanted
    learns = [item.requires_grad for item in tried[0].parameters()]
    assert any(learns) and not all(learns), "its first stages rest, which decides the time"


@pytest.mark.parametrize("size", ["", "<size><width>0</width><height>0</height></size>",
                                  "<size><width>1</width><height>1</height></size>"])
def test_the_choice_takes_sizes_from_images_and_boxes_as_they_are_learned(
    tmp_path: Path, size: str
) -> None:
    photos = make_project(tmp_path / "photos", images=12, size=(44, 36), val=2, test=0)
    for path in (photos / "annotations").glob("*.xml"):
        path.write_text(f"<annotation>{size}<object><name>red</name><bndbox><xmin>4</xmin>"
                        "<ymin>4</ymin><xmax>1e300</xmax><ymax>1e300</ymax></bndbox></object>"
                        "</annotation>")
    assert planned(photos) == "compact-lite0"


@pytest.mark.parametrize(("medium", "wanted", "reason"), [
    ("boxes", "compact-n", "a small model suits few images (12)"),
    ("classes", "vgg-9", "it needs no pretrained weights"),
])
def test_damaged_weights_are_told_and_another_recipe_is_taken(
    tmp_path: Path, medium: str, wanted: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "project"
    project = make_project(folder, images=12, size=(44, 36), val=2, test=0) \
        if medium == "boxes" else make_pictures(folder, each=4)
    assert planned(project) == {"boxes": "compact-lite0", "classes": "instant"}[medium]
    package, _, inside = LITE0.package.partition(":")
    file = tmp_path / package / inside
    file.parent.mkdir(parents=True)
    file.write_bytes(b"damaged")
    (tmp_path / package / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, package, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    plan = make_plan(project, TrainRequest(device="cpu"), lambda *_: None)
    assert (plan.recipe.id, plan.reason) == (wanted, reason)
    told = [text for text in plan.warnings if "damaged" in text]
    assert told == [f"the weights “{LITE0.title}” are damaged, so no recipe that needs them was "
                    "chosen; they came with the program: install that again"]
