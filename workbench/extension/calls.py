"""What a recipe for calls in sounds builds, as the engine uses it.

torch is imported for type checkers only: this module is safe to import in the window.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from workbench.extension.model import ModelContext, TrainableModel

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What a detector of calls was fitted to."""

    spectrum: Mapping[str, int]
    """How sounds become pictures: ``sample_rate`` (Hz), ``n_fft``, ``hop_length`` (samples),
    ``frames`` and ``rows``."""
    class_counts: tuple[int, ...]
    """Calls to learn from, for each class in class order."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


CallContext: TypeAlias = ModelContext[CallFacts]
"""What a recipe for calls is built for."""


class CallModel(TrainableModel, Protocol):
    """A detector of calls that the engine can train.

    The engine resamples every sound and cuts windows out of it; how these become pictures belongs
    to the model. Boxes are (start, low, end, high) in cells of four frames and four rows.
    """

    def pictures(self, waves: Tensor) -> Tensor:
        """What the network sees of windows, float32 (B, samples): float32 (B, 2, rows, frames)."""

    def losses(self, seen: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Loss parts for a batch as scalars with gradients; ``targets`` float32 (B, M, 5) are the
        class (-1 for a row that stands for nothing, -2 where nothing shall be taught) and box of
        each call."""

    def find(self, waves: Tensor) -> Sequence[tuple[Tensor, Tensor, Tensor]]:
        """Boxes (N, 4), scores (N,) and classes (N,) in each window, with scores from 0.01 on; the
        module must be in evaluation mode."""


@runtime_checkable
class TraceableCallModel(Protocol):
    """What a detector of calls may have besides, so that it can be exported."""

    def traceable(self) -> nn.Module:
        """From windows of sound, float32 (B, samples), to all boxes (B, N, 4) as start, low, end
        and high in seconds from the window's beginning and hertz, and scores (B, N, C), in a way
        that ``torch.jit.trace`` and ONNX can follow (without complex numbers)."""
