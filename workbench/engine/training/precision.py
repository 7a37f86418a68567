"""In which number format a training computes, and what half precision needs around a step."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

import torch
from torch import Tensor
from torch.amp.grad_scaler import GradScaler

from workbench.core.schema import Value

Kind = Literal["32", "bf16", "16"]


def choose_precision(wanted: Value, device: torch.device) -> Kind:
    """What is computed in for the setting ``precision`` ("auto", "32", "bf16" or "16")."""
    if wanted == "auto":
        if device.type != "cuda":
            return "32"
        # cards before compute capability 8 emulate bfloat16, and cuDNN cannot convolve in it
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "16"
    if wanted == "bf16":
        return "bf16"
    # the others have no quick half precision with scaled gradients
    return "16" if wanted == "16" and device.type == "cuda" else "32"


def use_quick_products(wanted: Value, device: torch.device) -> None:
    """Let a card multiply what stays in 32 bits on its matrix units, with inputs rounded to TF32,
    unless full precision was asked for."""
    quick = device.type == "cuda" and wanted != "32"
    torch.set_float32_matmul_precision("high" if quick else "highest")


class Precision:
    """Computes in one format; half precision with scaled gradients, so that small ones stay.

    Parameters
    ----------
    kind
        "32", "bf16" (products in bfloat16) or "16" (in half precision, with a loss scale).
    device
        Where the model is.
    """

    def __init__(self, kind: Kind, device: torch.device) -> None:
        self.kind: Kind = kind
        self._device = device.type
        self._scaler = GradScaler(device.type) if kind == "16" else None
        self._unscaled: set[int] = set()

    @property
    def scaled(self) -> bool:
        """Whether gradients are scaled; a step along ones that are no numbers is left out then."""
        return self._scaler is not None

    def autocast(self) -> AbstractContextManager[None]:
        """Have products computed in the format inside the block."""
        if self.kind == "32":
            return nullcontext()
        half = torch.bfloat16 if self.kind == "bf16" else torch.float16
        return torch.autocast(self._device, dtype=half)

    def backward(self, loss: Tensor) -> None:
        """Add the gradients of ``loss``."""
        loss = loss if self._scaler is None else self._scaler.scale(loss)
        loss.backward()  # type: ignore[no-untyped-call]  # torch gives it no types

    def clip(self, optimizer: torch.optim.Optimizer, limit: float) -> Tensor:
        """Shorten gradients that are longer together than ``limit``; their length before."""
        if self._scaler is not None:
            self._scaler.unscale_(optimizer)
            self._unscaled.add(id(optimizer))
        parameters = [item for group in optimizer.param_groups for item in group["params"]]
        return torch.nn.utils.clip_grad_norm_(parameters, limit)

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        """A step of ``optimizer``; the scale is adapted behind the last one of those clipped."""
        if self._scaler is None:
            optimizer.step()
            return
        self._scaler.step(optimizer)
        self._unscaled.discard(id(optimizer))
        if not self._unscaled:
            self._scaler.update()

    def forget(self, optimizer: torch.optim.Optimizer) -> None:
        """Let go of gradients that were clipped for a step which broke off before it was taken."""
        if self._scaler is not None:
            self._scaler._per_optimizer_states.pop(id(optimizer), None)
            self._unscaled.discard(id(optimizer))

    def state_dict(self) -> dict[str, Any]:
        """The scale; nothing where there is none."""
        return {} if self._scaler is None else self._scaler.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over a scale; a run that was begun without one starts with the usual one."""
        if self._scaler is not None and state:
            self._scaler.load_state_dict(state)
