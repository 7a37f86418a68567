"""What NVIDIA's driver says of a card: its memory, how busy it is, and which programs use it.

The library comes with the driver. Where it is missing, or answers nothing, nothing is known and
nothing is said. The names are those of NVIDIA's NVML API reference.
"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import psutil
import torch

_MOST = 64  # programs that are looked at


class _Memory(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in ("total", "free", "used")]


class _Utilization(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint) for name in ("gpu", "memory")]


class _ProcessInfo(ctypes.Structure):
    _fields_ = [("pid", ctypes.c_uint), ("used", ctypes.c_ulonglong),
                ("instance", ctypes.c_uint), ("part", ctypes.c_uint)]


@dataclass(frozen=True, slots=True)
class Load:
    """Bytes of memory in use and in all, and the share of the last moments that the card worked."""

    used: int
    total: int
    busy: float


def load_of(device: torch.device) -> Load | None:
    """How loaded a card is by all programs together; None where that is not known."""
    library, handle = _handle(device)
    memory, busy = _Memory(), _Utilization()
    if library is None:
        return None
    with suppress(AttributeError, OSError):
        if library.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory)) == 0:
            library.nvmlDeviceGetUtilizationRates(handle, ctypes.byref(busy))
            return Load(memory.used, memory.total, busy.gpu / 100)
    return None


def load_figures(device: torch.device) -> dict[str, float]:
    """The same for :class:`workbench.jobs.events.Step`; empty where it is not known."""
    load = load_of(device)
    return {} if load is None else {"used": load.used, "total": load.total, "busy": load.busy}


def other_programs_on(device: torch.device) -> list[str]:
    """Names of other programs that hold the card; what cannot be named is "another program".

    Windows counts whatever draws among them, so there nothing is said.
    """
    library, handle = _handle(device)
    if library is None or sys.platform == "win32":
        return []
    number, found = ctypes.c_uint(_MOST), (_ProcessInfo * _MOST)()
    with suppress(AttributeError, OSError):
        if library.nvmlDeviceGetComputeRunningProcesses_v3(
                handle, ctypes.byref(number), found) == 0:
            pids = {found[at].pid for at in range(min(number.value, _MOST))}
            return _names(pids, _holds(device))
    return []


def driver_answers() -> bool:
    """Whether an NVIDIA driver is at work, which it is only where there is a card."""
    return _library() is not None


def _holds(device: torch.device) -> bool:
    """Whether this process has a context on the card, so that the driver counts it, too."""
    asked = getattr(torch._C, "_cuda_hasPrimaryContext", None)  # without CUDA there is none
    return asked is not None and bool(asked(device.index or 0))


def _names(pids: set[int], here: bool) -> list[str]:
    """Names of the programs but this one, which is among them where ``here``."""
    own = os.getpid()
    if here and own not in pids:  # numbered otherwise, as in a container: one of them is this one
        return ["another program"] * (len(pids) - 1)
    names = []
    for pid in sorted(pids - {own}):
        try:
            names.append(psutil.Process(pid).name())
        except psutil.Error:
            names.append("another program")
    return names


def _handle(device: torch.device) -> tuple[Any, Any]:
    """The library and what it calls the card; (None, None) where it knows none."""
    library = _library()
    if library is None or device.type != "cuda":
        return None, None
    handle = ctypes.c_void_p()
    with suppress(AttributeError, OSError, RuntimeError, AssertionError):
        name = f"GPU-{torch.cuda.get_device_properties(device).uuid}".encode()
        if library.nvmlDeviceGetHandleByUUID(name, ctypes.byref(handle)) == 0:
            return library, handle
    return None, None


@cache
def _library() -> Any:
    try:
        library = ctypes.CDLL("nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1")
        return library if library.nvmlInit_v2() == 0 else None
    except (OSError, AttributeError):
        return None
