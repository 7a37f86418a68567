"""Registered ways to vary images: each changes pixels in its way, by the generator alone."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from workbench.extension.augmentations import augmentations, registered_variation, settings_of
from workbench.extension.plugins import load_plugins
from workbench.extension.registry import load, recipes
from workbench.tasks.image_classification.kind import ID

NAMES = ("rotate", "shear", "hue_shift", "blur", "sharpen", "noise", "erase")


@pytest.fixture(autouse=True)
def _plugins() -> None:
    load_plugins()


def images() -> Tensor:
    """Four images with a bright rectangle on a ground of another colour."""
    made = torch.full((4, 3, 32, 32), 60, dtype=torch.uint8)
    made[:, 0, 8:20, 10:26] = 200
    made[:, 2, 20:, :] = 120
    return made


def varied(name: str, strength: float, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    found, targets = load(augmentations.get(name).apply)(
        images(), torch.ones(4, 2), generator, strength)
    assert torch.equal(targets, torch.ones(4, 2))
    assert isinstance(found, Tensor)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_each_changes_every_image_in_its_own_way(name: str) -> None:
    found = varied(name, 0.8)
    assert found.shape == images().shape and found.dtype == torch.uint8
    assert torch.equal(found, varied(name, 0.8)), "the same generator, the same images"
    assert not torch.equal(found, varied(name, 0.8, seed=1))
    differ = (found.int() - images().int()).abs().flatten(1).float().mean(1)
    assert (differ > 0).all() and len(set(differ.tolist())) == 4
    weaker = (varied(name, 0.2).int() - images().int()).abs().float().mean()
    assert weaker < differ.mean()


def test_hue_keeps_brightness_and_a_turn_keeps_the_middle() -> None:
    grey = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    before, after = (item.float().mul(grey).sum(1) for item in (images(), varied("hue_shift", 0.2)))
    assert (before - after).abs().max() < 4
    assert torch.equal(varied("rotate", 1.0)[:, :, 14:17, 14:17], images()[:, :, 14:17, 14:17])


def test_a_share_of_the_images_is_varied() -> None:
    many = images().repeat(64, 1, 1, 1)
    vary = registered_variation(ID, {"augment.noise": 1.0, "augment.noise.share": 0.25})
    targets = torch.arange(256.0)[:, None]
    found, kept = vary(many, targets, torch.Generator().manual_seed(0))
    changed = (found != many).flatten(1).any(1).sum()
    assert 40 < int(changed) < 90 and torch.equal(kept, targets)
    assert torch.equal(many, images().repeat(64, 1, 1, 1)), "what was given is not touched"
    none = registered_variation(ID, {"augment.noise": 1.0, "augment": False})
    assert torch.equal(none(many, targets, torch.Generator())[0], many)
    lists, items = registered_variation(ID, {"augment.blur": 1.0, "augment.blur.share": 0.5})(
        images(), ["a", "b", "c", "d"], torch.Generator().manual_seed(1))
    assert items == ["a", "b", "c", "d"] and not torch.equal(lists, images())


def test_the_form_offers_strength_and_share_where_images_are_varied() -> None:
    schema = settings_of(recipes.get("lite0"))
    for name in NAMES:
        assert schema[f"augment.{name}"].default == 0
        assert schema[f"augment.{name}.share"].default == 1
    plain = settings_of(recipes.get("instant"))
    assert not any(field.name.startswith("augment") for field in plain)


@pytest.mark.parametrize("name", ["mixup", "cutmix"])
def test_mixed_images_are_wanted_by_their_shares(name: str) -> None:
    """Each image has the value of its class in all pixels, so that its mean says what is in it."""
    values = torch.tensor([0.0, 80.0, 160.0, 240.0, 40.0])
    plain = values.view(-1, 1, 1, 1).expand(5, 3, 32, 32).to(torch.uint8)
    wanted = torch.eye(5)
    wanted[4] = torch.nan  # one that could not be read
    found, targets = load(augmentations.get(name).apply)(
        plain, wanted.clone(), torch.Generator().manual_seed(3), 1.0)
    assert found.dtype == torch.uint8
    assert torch.equal(found[4], plain[4])
    assert targets[4].isnan().all() and not targets[:4].isnan().any()
    assert targets[:4].sum(1).allclose(torch.ones(4))
    assert (targets[:4].diagonal() < 1).any()
    assert (targets[:4].diagonal() >= 0.5).all()
    assert found[:4].float().mean((1, 2, 3)).allclose(targets[:4] @ values, atol=1.0)
    still, same = load(augmentations.get(name).apply)(
        plain[:4], wanted[:4], torch.Generator().manual_seed(3), 0.0)
    assert torch.equal(still, plain[:4]) and torch.equal(same, wanted[:4])
