"""A Mac's GPU, which this machine need not have: what torch would be asked is put in its place."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import torch

from workbench.core.arrays import IntArray
from workbench.engine.data.batches import EpochLoader
from workbench.engine.devices import (
    choose_device,
    is_card_lost,
    is_out_of_memory,
    list_devices,
    release_gpu_memory,
)
from workbench.engine.training.at_once import samples_at_once
from workbench.engine.training.precision import choose_precision
from workbench.engine.training.samplers import shuffled
from workbench.engine.training.trial_steps import step_times
from workbench.extension.registry import recipes

MPS, CPU = torch.device("mps"), torch.device("cpu")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a Mac's GPU was asked for."""
    found: list[str] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 12 * 2**30)
    for name in ("synchronize", "empty_cache"):
        monkeypatch.setattr(torch.mps, name, lambda name=name: found.append(name))
    return found


def test_it_is_chosen_by_itself_and_learns_in_full_precision(asked: list[str]) -> None:
    assert list_devices()[0] == {"id": "mps", "name": "Apple GPU", "memory": 12 * 2**30}
    assert choose_device("auto") == MPS == choose_device("mps")
    assert choose_precision("auto", MPS) == "32"


def test_a_step_is_timed_to_its_end(asked: list[str]) -> None:
    model = SimpleNamespace(module=torch.nn.Identity())
    times = step_times(model, lambda number: None, MPS, lambda: None, enough=60.0, most=3)
    assert len(times) == 3 and asked == ["synchronize"] * 4  # one step warms up


def test_only_one_thread_uses_it() -> None:
    """Metal ends the process where two do."""

    class Loader(EpochLoader[str]):
        def make(self, indices: IntArray, epoch: int, index: int, progress: float) -> str:
            return threading.current_thread().name

    def makers(device: torch.device) -> set[str]:
        loader = Loader(shuffled(6, 0), device, ahead_of_use=True)
        return set(loader.epoch(1, 2, 0, lambda place: 0.0))

    own = threading.current_thread().name
    assert makers(MPS) == {own}
    assert own not in makers(CPU)


def test_what_a_job_kept_is_given_back(asked: list[str]) -> None:
    release_gpu_memory()
    assert asked == ["empty_cache"]


@pytest.mark.parametrize("words", [
    "MPS backend out of memory (MPS allocated: 18.50 GiB, other allocations: 448.00 KiB, max "
    "allowed: 18.72 GiB). Tried to allocate 512.00 MiB on shared pool. Use "
    "PYTORCH_MPS_HIGH_WATERMARK_RATIO=0.0 to disable upper limit for memory allocations.",
    "Invalid buffer size: 24.03 GiB",
])
def test_full_memory_is_known_by_what_torch_says(words: str) -> None:
    assert is_out_of_memory(RuntimeError(words)) and not is_card_lost(RuntimeError(words))


def test_it_learns_from_no_more_at_once_than_the_machine_has_memory_for(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipes.get("compact-n")
    each = recipe.bytes_a_pixel * 512**2
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=10 * each))
    at_once = {device: samples_at_once(recipe, (512, 512), 16, device) for device in (MPS, CPU)}
    assert 1 <= at_once[CPU] < at_once[MPS] < 16


@pytest.mark.parametrize("own", [{}, {"PYTORCH_MPS_HIGH_WATERMARK_RATIO": "1.5"}])
def test_torch_is_told_what_to_do_without_an_operation_and_with_full_memory(
    own: dict[str, str]
) -> None:
    names = ("PYTORCH_ENABLE_MPS_FALLBACK", "PYTORCH_MPS_HIGH_WATERMARK_RATIO",
             "PYTORCH_MPS_LOW_WATERMARK_RATIO")
    code = f"import os, workbench.engine; print([os.environ.get(name) for name in {names}])"
    environment: dict[str, Any] = {key: value for key, value in os.environ.items()
                                   if key not in names}
    done = subprocess.run([sys.executable, "-c", code], env=environment | own, check=True,
                          capture_output=True, text=True)
    kept = ["1", "1.5", None] if own else ["1", "1.0", "0.9"]
    assert done.stdout.strip() == str(kept)
