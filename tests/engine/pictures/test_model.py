"""What the recipes build: which weights are taken, which learn, and what a step is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torchvision.models import resnet18
from torchvision.ops import StochasticDepth

from workbench.extension.augmentations import settings_of
from workbench.extension.model import ModelContext
from workbench.extension.plugins import load_plugins
from workbench.extension.recipe import Recipe
from workbench.extension.registry import load, recipes
from workbench.project.datasets.splits import Split
from workbench.tasks.image_classification.dataset import ImageDataset, ImageFacts
from workbench.tasks.image_classification.engine import task
from workbench.tasks.image_classification.engine.batches import vary
from workbench.tasks.image_classification.engine.designed import build_vgg6
from workbench.tasks.image_classification.engine.model import (
    ImageClassifier,
    build_lenet,
    build_torchvision,
)
from workbench.tasks.image_classification.engine.networks import LAST_STAGES, TorchvisionNetwork
from workbench.tasks.image_classification.engine.objectives import cross_entropy
from workbench.tasks.image_classification.engine.task import TASK
from workbench.tasks.image_classification.engine.variations import rotate
from workbench.tasks.image_classification.recipes import RECIPES

PLAIN = {f"augment.{name}": value for name, value in {
    "smallest": 0.7, "largest": 1.2, "stretch": 1.1, "flip_x": 0.5, "brightness": 0.2,
    "contrast": 0.2, "saturation": 0.2}.items()}


def context(layers: str = "all", side: int = 28) -> ModelContext[ImageFacts]:
    facts = ImageFacts(4, (2, 2), side, True)
    return ModelContext(("a", "b"), {"train_layers": layers}, facts, "cpu")


def test_resnet_takes_all_but_its_last_layer_from_torchvision() -> None:
    model = build_torchvision(context())
    left = model.load_pretrained(resnet18(weights=None).state_dict())
    assert left == ["network.classifier.bias", "network.classifier.weight"]


@pytest.mark.parametrize(("layers", "share"), [("head", 0.0), ("last", 0.75), ("all", 1.0)])
def test_layers_that_learn(layers: str, share: float) -> None:
    model = build_torchvision(context(layers))
    groups = model.parameter_groups({})

    def size(rate: float) -> int:
        return sum(item.numel() for group in groups if group["lr_scale"] == rate
                   for item in group["params"])  # type: ignore[attr-defined]  # an iterable

    whole = sum(item.numel() for item in model.module.parameters())
    assert (size(1.0) + size(0.2)) / whole == pytest.approx(share, abs=0.01)
    assert size(1.0) == 2 * 512 + 2  # the head, at the full rate


def test_lower_layers_learn_later_and_less() -> None:
    groups = build_torchvision(context("gradual")).parameter_groups({})
    found = {(group["lr_scale"], group.get("begins", 0.0)): 0 for group in groups}
    for group in groups:
        found[group["lr_scale"], group.get("begins", 0.0)] += sum(
            item.numel() for item in group["params"])  # type: ignore[attr-defined]  # an iterable
    (head, last, lower), sizes = list(found), list(found.values())
    assert head == (1.0, 0.0) and last[0] > lower[0] > 0 and 0 < last[1] < lower[1] < 1
    assert sizes[0] == 2 * 512 + 2
    assert sizes[1] / sum(sizes) == pytest.approx(0.75, abs=0.01)
    assert sum(sizes) == sum(item.numel() for item in build_torchvision(
        context("gradual")).module.parameters())


LARGE = {"vgg-16", "alexnet"}
"""Those of many millions of weights: in tests/reliability/test_variants.py."""


@pytest.mark.parametrize(
    "recipe", [item for item in RECIPES if item.whole and item.id not in {"instant", *LARGE}],
    ids=lambda recipe: recipe.id)
def test_one_step_lowers_the_loss(recipe: Recipe) -> None:
    torch.manual_seed(0)
    settings = {**recipe.fixed, "train_layers": "new", "smoothing": 0.0, "precision": "32"}
    facts = ImageFacts(8, (4, 4), 28, True)
    model = load(recipe.build)(ModelContext(("a", "b"), settings, facts, "cpu"))
    learned = sum(item.numel() for item in model.module.parameters())
    assert learned == pytest.approx(recipe.parameters, rel=0.12)
    side = {"vit-tiny": 224, "inception-v3": 160}.get(recipe.id, min(model.side, 64))
    images = torch.randint(0, 256, (4, 3, side, side), dtype=torch.uint8)
    targets = torch.eye(2)[[0, 1, 0, 1]]
    model.module.train()
    for item in model.module.modules():  # so that only the step makes a difference
        if isinstance(item, torch.nn.Dropout | StochasticDepth):
            item.eval()
    before = model.losses(images, targets)["class"]
    before.backward()
    slopes = [item.grad for item in model.module.parameters()]
    assert all(slope is not None for slope in slopes)
    length = float(torch.stack([slope.square().sum() for slope in slopes]).sum().sqrt())
    with torch.no_grad():
        for item, slope in zip(model.module.parameters(), slopes, strict=True):
            item -= slope * (0.01 / length)
        assert float(model.losses(images, targets)["class"]) < float(before)


def test_half_precision_is_for_learning_only() -> None:
    made = context()
    halves = ModelContext(made.classes, {**made.settings, "precision": "bf16"}, made.facts, "cpu")
    computed_in: list[torch.dtype] = []
    model = build_lenet(halves)
    images, targets = torch.zeros(2, 3, 28, 28, dtype=torch.uint8), torch.eye(2)
    model.network.body[0].register_forward_hook(
        lambda layer, given, found: computed_in.append(found.dtype))
    model.module.train()
    model.losses(images, targets)["class"].backward()
    model.module.eval()
    model.losses(images, targets)
    model.scores(images)
    assert computed_in == [torch.bfloat16, torch.float32, torch.float32]
    assert {item.grad.dtype for item in model.module.parameters()} == {torch.float32}


@pytest.mark.parametrize("name", sorted(LAST_STAGES))
def test_the_last_stages_of_each_network_exist(name: str) -> None:
    with torch.device("meta"):
        network = TorchvisionNetwork(name, 3)
    last = sum(item.numel() for stage in network.last_stages() for item in stage.parameters())
    whole = sum(item.numel() for item in network.parameters())
    assert 0.2 < last / whole < 0.97


def test_what_begins_with_nothing_learns_all_layers() -> None:
    settings = {"train_layers": "last", "lr": 0.1}
    assert TASK.settled(settings, "none") == {"train_layers": "new", "lr": 0.1}
    assert TASK.settled(settings, "pretrained") == settings
    assert TASK.settled({"lr": 0.1}, "none") == {"lr": 0.1}
    model = build_torchvision(context("new"))
    model.losses(torch.zeros(2, 3, 64, 64, dtype=torch.uint8), torch.eye(2))
    norms = [item for item in model.module.modules() if isinstance(item, torch.nn.BatchNorm2d)]
    assert all(item.training for item in norms)
    assert all(item.requires_grad for item in model.module.parameters())


@pytest.mark.parametrize("recipe", ["mobilenet-v3-small", "lite0"])
def test_norms_know_their_statistics_after_a_short_run_from_nothing(recipe: str) -> None:
    given = next(own for own in RECIPES if own.id == recipe)
    settings = {"train_layers": "new", "precision": "32", **given.fixed}
    facts = ImageFacts(2, (1, 1), 64, False)
    model = load(given.build)(ModelContext(("a", "b"), settings, facts, "cpu"))
    norm = next(item for item in model.module.modules() if isinstance(item, torch.nn.BatchNorm2d))
    seen: list[torch.Tensor] = []
    norm.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    images = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8)
    for _ in range(40):
        model.losses(images, torch.eye(2))
    torch.testing.assert_close(norm.running_mean, seen[0].mean((0, 2, 3)), atol=0.01, rtol=0.05)
    torch.testing.assert_close(norm.running_var, seen[0].var((0, 2, 3)), atol=0.05, rtol=0.05)


def test_lenet_fits_the_size_of_the_images() -> None:
    sizes = {side: build_lenet(context(side=side)) for side in (20, 28, 30, 400)}
    assert {side: model.side for side, model in sizes.items()} == {20: 28, 28: 28, 30: 32, 400: 32}
    images = torch.zeros(2, 3, 32, 32, dtype=torch.uint8)
    model: ImageClassifier = sizes[400]
    model.module.eval()
    assert torch.allclose(model.scores(images).sum(1), torch.ones(2))


def test_the_loss_is_torchs_and_leaves_out_what_has_no_class() -> None:
    logits = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    shares = torch.eye(3)[[0, 2, 1, 1]]
    wanted = torch.nn.functional.cross_entropy(logits, shares, label_smoothing=0.1)
    assert torch.allclose(cross_entropy(logits, shares, 0.1), wanted)
    more = torch.cat([logits, torch.full((1, 3), 9.0)]), torch.cat([shares, torch.zeros(1, 3)])
    assert torch.allclose(cross_entropy(*more, 0.1), wanted)


def test_without_augmentation_the_middle_is_seen() -> None:
    images = torch.randint(0, 256, (3, 3, 32, 32), dtype=torch.uint8)
    found = vary(images, 28, torch.Generator().manual_seed(0), {**PLAIN, "augment": False})
    assert (found.int() - images[..., 2:30, 2:30].int()).abs().max() <= 1


def test_augmentation_is_one_for_each_image_and_the_same_for_the_same_seed() -> None:
    image = torch.randint(0, 256, (1, 3, 32, 32), dtype=torch.uint8).repeat(4, 1, 1, 1)
    one, two = (vary(image, 28, torch.Generator().manual_seed(5), {**PLAIN, "augment": True})
                for _ in range(2))
    assert torch.equal(one, two) and one.shape == (4, 3, 28, 28)
    assert len({bytes(item.numpy().tobytes()) for item in one}) == 4


def test_what_has_no_share_varies_by_the_same_chances_as_ever() -> None:
    images = torch.randint(0, 256, (6, 3, 32, 32), dtype=torch.uint8)
    whole = RECIPES[1].settings.defaults()
    before = {name: value for name, value in whole.items() if not name.endswith(".share")
              and name not in ("augment.shift", "augment.fill")}
    one, two, drawn = (torch.Generator().manual_seed(5) for _ in range(3))
    assert torch.equal(vary(images, 28, one, whole), vary(images, 28, two, before))
    for _ in range(8):  # scale, stretch, mirror, x, y and three of colour
        torch.rand(6, generator=drawn)
    assert torch.equal(one.get_state(), drawn.get_state())


ONLY = {"augment": True, "augment.smallest": 1.0, "augment.largest": 1.0, "augment.stretch": 1.0,
        "augment.flip_x": 0.0, "augment.brightness": 0.0, "augment.contrast": 0.0,
        "augment.saturation": 0.0, "augment.shift": 0.0}


@pytest.mark.parametrize(("share", "strength"), [
    ("zoom", {"augment.smallest": 0.5, "augment.largest": 2.0}),
    ("stretch", {"augment.stretch": 2.0}), ("shift", {"augment.shift": 1.0}),
    ("brightness", {"augment.brightness": 0.9}), ("contrast", {"augment.contrast": 0.9}),
    ("saturation", {"augment.saturation": 0.9})])
def test_each_variation_is_applied_to_its_share_of_the_images(
    share: str, strength: dict[str, float],
) -> None:
    images = torch.randint(0, 256, (64, 3, 32, 32), dtype=torch.uint8)
    plain = vary(images, 28, torch.Generator().manual_seed(0), ONLY)
    found = vary(images, 28, torch.Generator().manual_seed(0),
                 {**ONLY, **strength, f"augment.{share}.share": 0.5})
    assert 16 < int((found != plain).flatten(1).any(1).sum()) < 48


def test_edges_are_filled_as_asked() -> None:
    images = torch.arange(32, dtype=torch.uint8).mul(4).add(100).expand(2, 3, 32, 32)
    corner = {}
    for fill in ("auto", "edge", "reflect", "constant"):
        small = {**ONLY, "augment.smallest": 0.5, "augment.largest": 0.5, "augment.fill": fill}
        found = vary(images, 32, torch.Generator().manual_seed(0), small)
        corner[fill] = int(found[0, 0, 16, 0])
    assert corner["auto"] == corner["edge"] == 100 and corner["constant"] == 0
    assert corner["reflect"] > 140
    turned = [rotate(images, None, torch.Generator().manual_seed(1), 1.0, fill)[0]
              for fill in ("auto", "reflect", "constant")]
    assert torch.equal(turned[0], turned[1]) and int(turned[2].min()) == 0


@pytest.mark.parametrize(("images", "side", "recipe"), [
    (60_000, 28, "vgg-6"), (20_000, 40, "vgg-6"), (19_999, 28, "lenet-5"), (499, 28, "instant"),
    (60_000, 41, "instant")])
def test_what_is_chosen_by_the_images(images: int, side: int, recipe: str, tmp_path: Path,
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task, "load_images", lambda project: ImageDataset(
        project, ["a", "b"], Split("default", 0, [], [], [])))
    monkeypatch.setattr(task, "facts_of", lambda *_: ImageFacts(images, (1, 1), side, True))
    assert TASK.choose_recipe(tmp_path, "cpu", 10, frozenset())[0] == recipe


def test_a_recipe_has_its_own_default_of_a_registered_variation() -> None:
    load_plugins()
    own, plain = (settings_of(recipes.get(name)) for name in ("vgg-6", "lenet-5"))
    assert (own["augment.rotate"].default, plain["augment.rotate"].default) == (0.2, 0.0)
    assert own["augment.rotate.share"].default == 1.0 and own["augment.flip_x"].default == 0.0
    model = build_vgg6(context(side=30))
    assert model.input_size == (32, 32)
