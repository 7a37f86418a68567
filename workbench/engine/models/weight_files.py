"""Reading weights of torch: only after their SHA-256 was checked, and never as code."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path

import torch
from torch import Tensor

from workbench.core.errors import WorkbenchError
from workbench.engine.models.weights import check_hash, weights_path
from workbench.extension.recipe import Weights
from workbench.formats.atomic import DiskErrors


def load_weights(weights: Weights) -> dict[str, Tensor]:
    """Read weights that are on this machine.

    Raises
    ------
    WorkbenchError
        If they are missing, damaged or hold anything but tensors.
    """
    path = weights_path(weights)
    if not path.is_file():
        raise WorkbenchError(
            f"the weights “{weights.title}” are not on this machine: choose another start, or put "
            f"the file into {path.parent}",
            path=path,
        )
    with DiskErrors(path, "read"):
        check_hash(path, weights)
    return read_pth(path)


def read_pth(path: Path) -> dict[str, Tensor]:
    """Read a file of torch that holds a ``state_dict``, without running any code in it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # advice for programmers about old pickles
            state = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        raise WorkbenchError(
            "these are not plain weights; the file was not used", path=path
        ) from error
    except OSError as error:
        raise WorkbenchError(f"it could not be read: {error.strerror}", path=path) from error
    if isinstance(state, dict) and isinstance(state.get("model"), dict):
        state = state["model"]
    if not isinstance(state, dict):
        raise WorkbenchError("these are not plain weights; the file was not used", path=path)
    room = path.stat().st_size
    return {str(name): item for name, item in state.items()
            if isinstance(item, Tensor) and _is_plain(item, room)}


def _is_plain(tensor: Tensor, room: int) -> bool:
    """Whether a tensor is an array of numbers that the file really holds: none that is sparse or
    quantised, and no small one that claims to be huge."""
    plain = tensor.layout == torch.strided and not tensor.is_quantized and not tensor.is_complex()
    return plain and not tensor.is_meta and tensor.numel() * tensor.element_size() <= room
