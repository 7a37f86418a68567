"""What the model can run on."""

from __future__ import annotations

import os
import platform
from typing import Any

import psutil
import torch

from workbench.core.errors import UsageError


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


def list_devices() -> list[dict[str, Any]]:
    """Devices as ``{"id", "name", "memory"}`` (memory in bytes), the best first."""
    devices: list[dict[str, Any]] = []
    for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        properties = torch.cuda.get_device_properties(index)
        name = "cuda" if index == 0 else f"cuda:{index}"
        devices.append({"id": name, "name": properties.name, "memory": properties.total_memory})
    if torch.backends.mps.is_available():
        memory = torch.mps.recommended_max_memory()
        devices.append({"id": "mps", "name": "Apple GPU", "memory": memory})
    cores = cpu_cores()
    words = f"{cores} core{'s' if cores > 1 else ''}"
    devices.append({"id": "cpu", "name": words, "memory": psutil.virtual_memory().total})
    return devices


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
        raise UsageError(f"there is no device “{wanted}” here; there are: {', '.join(there)}")
    return torch.device(wanted)


def versions() -> dict[str, str]:
    """Versions for the log."""
    return {"python": platform.python_version(), "torch": torch.__version__}


def is_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` says that the device or the machine has no memory left."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    words = str(error).lower()
    return "can't allocate memory" in words or "out of memory" in words


def quick_half(device: str, precision: str) -> bool:
    """Whether to learn with bfloat16 products: asked for, or on a CPU that multiplies them fast."""
    if device != "cpu" or precision != "auto":
        return device == "cpu" and precision == "bf16"
    has = torch.cpu.get_capabilities()
    return bool(has.get("avx512_bf16") or has.get("amx_bf16"))
