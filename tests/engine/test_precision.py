"""Half precision is taken where the device really has it."""

from __future__ import annotations

import pytest
import torch

from workbench.engine.training.parts import fabric_precision

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.mark.parametrize(("native", "precision"), [(True, "bf16-mixed"), (False, "16-mixed")])
def test_an_emulated_bfloat16_is_not_taken_for_a_real_one(
        monkeypatch: pytest.MonkeyPatch, native: bool, precision: str) -> None:
    def supported(including_emulation: bool = True) -> bool:
        return native or including_emulation

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    assert fabric_precision("auto", CUDA) == precision


@pytest.mark.parametrize(("wanted", "device", "precision"), [
    ("auto", CPU, "32-true"), ("32", CUDA, "32-true"), ("bf16", CPU, "bf16-mixed"),
    ("16", CUDA, "16-mixed"), ("16", CPU, "32-true"),
])
def test_what_is_asked_for_is_taken_where_it_helps(
        wanted: str, device: torch.device, precision: str) -> None:
    assert fabric_precision(wanted, device) == precision
