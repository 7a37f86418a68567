"""Which NVIDIA cards can be learned on, and in words why one is not."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch

from workbench.core.text import listed
from workbench.engine.nvml import driver_answers

LEAST_MEMORY = 3 * 2**30
"""Bytes of a card that is used by itself: a context, cuDNN's working space and a small detector."""
_DISPLAY = "0x03"  # PCI's class of what draws
_NVIDIA = "0x10de"


def cards() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Cards as ``{"id", "name", "memory"}``: those to choose by oneself, and too small ones."""
    large: list[dict[str, Any]] = []
    small: list[dict[str, Any]] = []
    for index, found in enumerate(_found()):
        if _too_old(found):
            continue
        name = "cuda" if index == 0 else f"cuda:{index}"
        card = {"id": name, "name": found.name, "memory": found.total_memory}
        (large if found.total_memory >= LEAST_MEMORY else small).append(card)
    return large, small


def unused_gpu_text() -> str:
    """Why no NVIDIA card is used by itself, the end of a sentence; "" where one is or none is here.
    """
    large, small = cards()
    if large:
        return ""
    if small:
        return (f"the GPU {small[0]['name']} has only {small[0]['memory'] / 2**30:.0f} GB of "
                "memory, so the processor is used; choose it as the device to try it all the same")
    found = _found()
    if found:
        names = listed([item.name for item in found])
        return f"this version of torch no longer knows the GPU {names}, so the processor is used"
    return f"{_reason()}, so the processor is used" if driver_answers() or _in_machine() else ""


def _found() -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what torch says of the driver is said in our words
        if not torch.cuda.is_available():
            return []
        return [torch.cuda.get_device_properties(at) for at in range(torch.cuda.device_count())]


def _too_old(card: Any) -> bool:
    """Whether torch was built without code for the card."""
    known = [name.split("_")[1].rstrip("af") for name in torch.cuda.get_arch_list()]
    numbers = [int(name) for name in known if name.isdigit()]
    return bool(numbers) and 10 * card.major + card.minor < min(numbers)


def _reason() -> str:
    if torch.version.cuda is None:
        return "this torch was installed without CUDA, which the NVIDIA GPU of this machine needs"
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        torch.cuda.is_available()
    words = " ".join(str(item.message) for item in said)
    if "too old" in words:
        return ("the driver of the NVIDIA GPU is too old: install a newer one to train on the GPU")
    if not words and not _driver():
        return "there is no driver for the NVIDIA GPU of this machine: install it to train on it"
    return "the NVIDIA GPU of this machine does not answer: restart it or install its driver again"


def _driver() -> bool:
    """Whether a driver is at work."""
    return driver_answers() or Path("/proc/driver/nvidia/version").exists()


def _in_machine(devices: Path = Path("/sys/bus/pci/devices")) -> bool:
    """Whether the machine has an NVIDIA card, with or without a driver; only Linux tells."""
    for device in devices.glob("*"):
        try:
            if ((device / "vendor").read_text().strip() == _NVIDIA
                    and (device / "class").read_text().startswith(_DISPLAY)):
                return True
        except OSError:
            continue
    return False
