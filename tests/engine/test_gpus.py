"""Cards that this machine does not have: what torch and the driver would say is put in their place.
"""

from __future__ import annotations

import ctypes
import os
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import torch

from workbench.core.errors import UsageError
from workbench.engine import devices, gpus, nvml
from workbench.engine.devices import (
    choose_device,
    gpu_answers,
    is_card_lost,
    is_out_of_memory,
    list_devices,
    release_gpu_memory,
)
from workbench.engine.training.advice import device_warnings
from workbench.engine.training.ranks import check_ranks

CUDA = torch.device("cuda")


def put_in(monkeypatch: pytest.MonkeyPatch, *cards: tuple[str, int, tuple[int, int]]) -> None:
    """Cards as (name, gigabytes, compute capability)."""
    found = [SimpleNamespace(name=name, total_memory=size * 2**30, major=major, minor=minor,
                             uuid="u") for name, size, (major, minor) in cards]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(found))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(found))
    monkeypatch.setattr(torch.cuda, "get_device_properties",
                        lambda device: found[getattr(device, "index", device) or 0])
    monkeypatch.setattr(nvml, "_holds", lambda device: False)
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: ["sm_75", "sm_90a", "compute_90"])


def test_a_card_is_taken_before_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch, ("Large", 24, (8, 6)), ("Other", 8, (7, 5)))
    assert [item["id"] for item in list_devices()] == ["cuda", "cuda:1", "cpu"]
    assert choose_device("cuda:0") == CUDA  # str() of it is one of the ids above
    assert choose_device("auto") == CUDA and not gpus.unused_gpu_text()


def test_several_cards_that_learn_together_begin_with_the_first(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in(monkeypatch, ("One", 24, (8, 6)), ("Other", 24, (8, 6)))
    monkeypatch.setattr(torch.distributed, "is_nccl_available", lambda: True)

    def plan(device: str) -> Any:
        return SimpleNamespace(settings={"devices": 2}, batch_size=8, device=choose_device(device))

    assert check_ranks(plan("cuda"), object()) == 2
    with pytest.raises(UsageError, match="choose cuda"):
        check_ranks(plan("cuda:1"), object())


def test_a_small_card_is_taken_only_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch, ("GT 1030", 2, (7, 5)))
    assert choose_device("auto").type == "cpu" and choose_device("cuda") == CUDA
    assert device_warnings(choose_device("auto"), chosen=True) == [
        "the GPU GT 1030 has only 2 GB of memory, so the processor is used; choose it as the "
        "device to try it all the same"]
    assert not device_warnings(choose_device("auto"), chosen=False)  # the person chose it


def test_a_card_that_torch_no_longer_knows_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch, ("GTX 1080", 8, (6, 1)))
    assert [item["id"] for item in list_devices()] == ["cpu"]
    with pytest.raises(UsageError, match="no longer knows the GPU GTX 1080"):
        choose_device("cuda")


@pytest.mark.parametrize(("said", "works", "words"), [
    ("CUDA initialization: The NVIDIA driver on your system is too old", True, "is too old"),
    ("", False, "there is no driver"),
    ("CUDA initialization: unknown error", True, "does not answer"),
])
def test_a_card_without_a_driver_that_works_is_told_and_the_processor_taken(
        monkeypatch: pytest.MonkeyPatch, said: str, works: bool, words: str) -> None:
    def is_available() -> bool:
        if said:
            warnings.warn(said, stacklevel=1)
        return False

    monkeypatch.setattr(torch.cuda, "is_available", is_available)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(gpus, "_in_machine", lambda: True)
    monkeypatch.setattr(gpus, "_driver", lambda: works)
    device = choose_device("auto")
    [told] = device_warnings(device, chosen=True)
    assert device.type == "cpu" and words in told and told.endswith("so the processor is used")


def test_a_torch_without_cuda_is_told_where_the_driver_knows_a_card(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(gpus, "_in_machine", lambda: False)  # as on Windows, which cannot tell
    monkeypatch.setattr(gpus, "driver_answers", lambda: False)
    assert not gpus.unused_gpu_text()
    monkeypatch.setattr(gpus, "driver_answers", lambda: True)
    assert "installed without CUDA" in gpus.unused_gpu_text()


def test_gpus_do_not_learn_together_without_nccl(monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch, ("One", 24, (8, 6)), ("Other", 24, (8, 6)))
    monkeypatch.setattr(torch.distributed, "is_nccl_available", lambda: False)
    plan: Any = SimpleNamespace(settings={"devices": 2}, batch_size=8, device=CUDA)
    with pytest.raises(UsageError, match="choose one device"):
        check_ranks(plan, object())


def test_only_what_draws_counts_as_a_card(tmp_path: Path) -> None:
    def plug(slot: str, vendor: str, kind: str) -> None:
        (tmp_path / slot).mkdir()
        (tmp_path / slot / "vendor").write_text(f"{vendor}\n")
        (tmp_path / slot / "class").write_text(f"{kind}\n")

    plug("00:02.0", "0x8086", "0x030000")
    plug("01:00.1", "0x10de", "0x040300")  # the sound of a card
    assert not gpus._in_machine(tmp_path)
    plug("01:00.0", "0x10de", "0x030200")
    assert gpus._in_machine(tmp_path)


def driver(*pids: int) -> SimpleNamespace:
    """NVML as it answers: 5 of 24 GB in use, 83 % busy, and these programs."""

    def handle(name: bytes, handle: Any) -> int:
        return 0 if name == b"GPU-u" else 6

    def memory(handle: Any, answer: Any) -> int:
        answer._obj.total, answer._obj.used = 24 * 2**30, 5 * 2**30
        return 0

    def rates(handle: Any, answer: Any) -> int:
        answer._obj.gpu = 83
        return 0

    def programs(handle: Any, number: Any, found: Any) -> int:
        number._obj.value = len(pids)
        for at, pid in enumerate(pids):
            found[at].pid = pid
        return 0

    return SimpleNamespace(
        nvmlDeviceGetHandleByUUID=handle, nvmlDeviceGetMemoryInfo=memory,
        nvmlDeviceGetUtilizationRates=rates, nvmlDeviceGetComputeRunningProcesses_v3=programs,
    )


def test_load_and_other_programs_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch, ("Large", 24, (8, 6)))
    mine, other = os.getpid(), os.getppid()
    monkeypatch.setattr(nvml, "_library", lambda: driver(mine, other))
    assert nvml.load_figures(CUDA) == {"used": 5 * 2**30, "total": 24 * 2**30, "busy": 0.83}
    assert nvml.other_programs_on(CUDA) == [psutil.Process(other).name()]
    assert "uses the GPU, too" in device_warnings(CUDA, chosen=True)[0]
    monkeypatch.setattr(nvml, "_library", lambda: driver(mine))
    assert not nvml.other_programs_on(CUDA) and not device_warnings(CUDA, chosen=True)


def test_in_a_container_this_process_is_not_taken_for_another(
        monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch, ("Large", 24, (8, 6)))
    monkeypatch.setattr(nvml, "_holds", lambda device: True)
    monkeypatch.setattr(nvml, "_library", lambda: driver(4_100_000, 4_100_001))
    assert nvml.other_programs_on(CUDA) == ["another program"]
    monkeypatch.setattr(nvml, "_library", lambda: driver(4_100_000))
    assert nvml.other_programs_on(CUDA) == []


def test_without_the_drivers_library_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch, ("Large", 24, (8, 6)))

    def absent(name: str) -> Any:
        raise OSError("no such file")

    monkeypatch.setattr(ctypes, "CDLL", absent)
    nvml._library.cache_clear()
    try:
        assert nvml.load_of(CUDA) is None and nvml.other_programs_on(CUDA) == []
    finally:
        nvml._library.cache_clear()


def test_a_waiting_engine_leaves_a_card_alone_that_others_hold(
        monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch, ("Large", 24, (8, 6)))
    made: list[Any] = []
    monkeypatch.setattr(torch, "zeros", lambda *shape, **how: made.append(how["device"]))
    monkeypatch.setattr(devices, "other_programs_on", lambda device: ["python"])
    devices.wake_gpu()
    assert not made
    monkeypatch.setattr(devices, "other_programs_on", lambda device: [])
    devices.wake_gpu()  # fails here, without a word: the training will tell
    assert made == [CUDA]


def test_a_card_that_is_gone_is_known_by_what_torch_says() -> None:
    assert is_card_lost(torch.AcceleratorError("CUDA error: unspecified launch failure"))
    assert is_card_lost(RuntimeError("CUDA error: device-side assert triggered"))
    assert not is_card_lost(torch.OutOfMemoryError("CUDA out of memory"))
    for words in (
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
    ):
        assert is_out_of_memory(RuntimeError(words)) and not is_card_lost(RuntimeError(words))
    assert not is_card_lost(RuntimeError("the size of tensor a must match"))


def test_a_process_whose_card_no_longer_answers_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise RuntimeError("CUDA error: unspecified launch failure")

    assert gpu_answers()
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    assert gpu_answers()
    monkeypatch.setattr(torch.cuda, "synchronize", fails)
    assert not gpu_answers()


def test_memory_of_a_card_is_given_back_and_a_lost_card_is_no_fault(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def gives() -> None:
        calls.append("given back")
        if len(calls) > 1:
            raise RuntimeError("CUDA error: unspecified launch failure")

    monkeypatch.setattr(torch.cuda, "empty_cache", gives)
    release_gpu_memory()
    assert not calls  # nothing wakes a card that was not used
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    release_gpu_memory()
    release_gpu_memory()
    assert len(calls) == 2
