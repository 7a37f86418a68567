"""The optimiser for short trainings: orthogonal steps, and the same after a restart."""

from __future__ import annotations

import io

import torch
from torch import Tensor, nn

from workbench.engine.training.muon import SECOND_RATE, Muon, is_matrix, orthogonal


def test_singular_values_come_near_one_and_directions_stay() -> None:
    torch.manual_seed(0)
    for rows, columns in ((24, 90), (90, 24), (16, 16)):
        matrices = torch.randn(3, rows, columns, dtype=torch.float32)
        matrices[0] *= torch.logspace(0, -2, columns)
        (found,) = orthogonal(matrices)
        values = torch.linalg.svdvals(found)
        assert values.max() < 1.3
        assert values[1:].min() > (0.3 if rows != columns else 0.0)
        left, _, right = torch.linalg.svd(matrices[1], full_matrices=False)
        back = left.mT @ found[1] @ right.mT
        assert (back - torch.diag(back.diag())).abs().max() < 1e-3


def test_batches_of_one_smaller_side_go_together() -> None:
    torch.manual_seed(0)
    batches = [torch.randn(2, 16, 40), torch.randn(1, 16, 16), torch.randn(3, 25, 16)]
    for together, alone in zip(orthogonal(*batches), map(orthogonal, batches), strict=True):
        torch.testing.assert_close(together, *alone)


def test_nothing_to_step_along_is_no_step() -> None:
    assert not orthogonal(torch.zeros(1, 20, 30))[0].any()


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 16, 3), nn.BatchNorm2d(16), nn.Conv2d(16, 24, 3), nn.Conv2d(24, 2, 1)
    )


def learn(model: nn.Module, optimizer: Muon, steps: int) -> list[float]:
    images = torch.randn(4, 3, 12, 12, generator=torch.Generator().manual_seed(1))
    losses = []
    for _ in range(steps):
        loss: Tensor = (model(images) - 3).square().mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_inner_weights_step_orthogonally_and_all_others_as_adam() -> None:
    model = network()
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    assert [name for name, value in before.items() if is_matrix(value)] == ["2.weight"]
    optimizer = Muon([{"params": list(model.parameters())}], lr=0.01)
    learn(model, optimizer, 1)
    moved = {name: value.detach() - before[name] for name, value in model.named_parameters()}
    values = torch.linalg.svdvals(moved["2.weight"].reshape(24, -1)) / 0.01
    assert values.max() < 1.3
    # Adam's first step is the rate in every number that has a gradient
    largest = moved["3.weight"].abs().max().item()
    assert abs(largest - 0.01 * SECOND_RATE) < 1e-5


def test_decay_pulls_towards_zero() -> None:
    model = network()
    norm = sum(p.square().sum().item() for p in model.parameters() if is_matrix(p))
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    Muon([{"params": list(model.parameters()), "weight_decay": 1.0}], lr=0.1).step()
    after = sum(p.square().sum().item() for p in model.parameters() if is_matrix(p))
    assert abs(after / norm - 0.81) < 1e-4


def test_learns_and_goes_on_from_its_state_to_the_same_numbers() -> None:
    model = network()
    optimizer = Muon([{"params": list(model.parameters())}], lr=0.01)
    first = learn(model, optimizer, 5)
    assert first[-1] < first[0]
    file = io.BytesIO()
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
    through = learn(model, optimizer, 3)

    file.seek(0)
    saved = torch.load(file, weights_only=True)
    again = network()
    restored = Muon([{"params": list(again.parameters())}], lr=0.01)
    again.load_state_dict(saved["model"])
    restored.load_state_dict(saved["optimizer"])
    assert learn(again, restored, 3) == through
