"""What the model can run on."""

from __future__ import annotations

import contextlib
import gc
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import torch

from workbench.core.errors import UsageError
from workbench.core.text import count
from workbench.engine.gpus import cards, unused_gpu_text
from workbench.engine.nvml import other_programs_on


def cpu_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def use_all_cores() -> None:
    """Let torch compute on every physical core that this process may use, and no more.

    A person's own ``OMP_NUM_THREADS`` is respected.
    """
    if os.environ.get("OMP_NUM_THREADS", "").isdigit():
        torch.set_num_threads(max(1, int(os.environ["OMP_NUM_THREADS"])))
        return
    physical = psutil.cpu_count(logical=False) or cpu_cores()
    torch.set_num_threads(max(1, min(cpu_cores(), physical)))


@contextmanager
def kept_threads() -> Iterator[None]:
    """Undo inside the block what it says of torch's threads: a model that is quicker on one core
    is no reason for the next job to be on one."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


def list_devices() -> list[dict[str, Any]]:
    """Devices as ``{"id", "name", "memory"}`` (memory in bytes), the best first."""
    devices, small = cards()
    if torch.backends.mps.is_available():
        memory = torch.mps.recommended_max_memory()
        devices.append({"id": "mps", "name": "Apple GPU", "memory": memory})
    cores = cpu_cores()
    words = count(cores, "core")
    devices.append({"id": "cpu", "name": words, "memory": psutil.virtual_memory().total})
    return devices + small


def choose_device(wanted: str) -> torch.device:
    """The device called ``wanted``; "auto" is the best there is.

    Raises
    ------
    UsageError
        If this machine has no such device.
    """
    there = [str(item["id"]) for item in list_devices()]
    if wanted == "auto":
        return torch.device(there[0])
    if wanted not in there and not (wanted == "cuda:0" and "cuda" in there):
        why = unused_gpu_text() if wanted.startswith("cuda") else ""
        raise UsageError(f"there is no device “{wanted}” here; there are: {', '.join(there)}"
                         + (f" ({why})" if why else ""))
    return torch.device("cuda" if wanted == "cuda:0" else wanted)  # it has one name in the program


def device_or_best(wanted: object) -> str:
    """``wanted`` where this machine has it, else "auto": for what was begun on another machine, or
    with a card that is gone."""
    try:
        return str(choose_device(str(wanted)))
    except UsageError:
        return "auto"


def wake_gpu() -> None:
    """Have the driver and cuDNN ready for a training, which takes seconds the first time.

    A card that another program holds is left alone, and what goes wrong is told by the training.
    """
    device = choose_device("auto")
    if device.type != "cuda" or other_programs_on(device):
        return
    with contextlib.suppress(Exception):
        inputs = torch.zeros(1, 8, 32, 32, device=device, requires_grad=True)
        with torch.autocast("cuda"):
            found = torch.nn.functional.conv2d(inputs, inputs.new_zeros(8, 8, 3, 3))
        found.float().sum().backward()  # type: ignore[no-untyped-call]  # torch gives it no types
        torch.cuda.synchronize(device)


def wait_for(device: torch.device) -> None:
    """Return when ``device`` has done all that it was sent: a GPU works through a queue."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def takes_threads(device: torch.device) -> bool:
    """Whether several threads may use ``device`` at once. Of a Mac's GPU they may not: Metal ends
    the process (pytorch/pytorch issue 197805)."""
    return device.type != "mps"


def empty_cache() -> None:
    """Give back the memory of GPUs that torch keeps for tensors to come."""
    torch.cuda.empty_cache()  # does nothing without a card
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def release_gpu_memory() -> None:
    """As :func:`empty_cache`, when a job has ended: other programs need the memory."""
    if torch.backends.mps.is_available() or \
            torch.cuda.is_initialized():  # type: ignore[no-untyped-call]  # torch gives no types
        gc.collect()  # models of the last job may be parts of cycles
        with contextlib.suppress(RuntimeError):  # a lost card is told elsewhere
            empty_cache()


def versions() -> dict[str, str]:
    """Versions for the log."""
    return {"python": platform.python_version(), "torch": torch.__version__}


_NO_MEMORY = ("can't allocate memory", "out of memory", "status_alloc_failed", "cublascreate(",
              "invalid buffer size")
"""Two are cuBLAS's and cuDNN's, for which there is no room beside the tensors; the last one is said
of a tensor that is larger than what Metal gives at once."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` says that the device or the machine has no memory left."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    words = str(error).lower()
    return any(part in words for part in _NO_MEMORY)


def quick_half(device: str, precision: str) -> bool:
    """Whether to learn with bfloat16 products: asked for, or on a CPU that multiplies them fast."""
    if device != "cpu" or precision != "auto":
        return device == "cpu" and precision == "bf16"
    has = torch.cpu.get_capabilities()
    return bool(has.get("avx512_bf16") or has.get("amx_bf16"))


def is_card_lost(error: BaseException) -> bool:
    """Whether ``error`` says that the card, or what this process has on it, is gone."""
    lost = isinstance(error, torch.AcceleratorError) or "CUDA error" in str(error)
    return lost and not is_out_of_memory(error)


def gpu_answers() -> bool:
    """Whether this process can still use its card; true where it has none.

    After most faults of a card a process cannot use it any more, but a new one can.
    """
    if not torch.cuda.is_initialized():  # type: ignore[no-untyped-call]  # torch gives no types
        return True
    try:
        torch.cuda.synchronize()
    except RuntimeError:
        return False
    return True
