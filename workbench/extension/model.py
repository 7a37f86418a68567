"""What trainable models have, whatever they learn from. Imports no torch.

:class:`TrainableModel` is what every model must have besides what its task asks for. The other
protocols are powers that a model may have; the engine looks for their members.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, runtime_checkable

from workbench.core.schema import Value

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

Facts = TypeVar("Facts")


@dataclass(frozen=True)
class ModelContext(Generic[Facts]):
    """What a recipe's builder is called with."""

    classes: tuple[str, ...]
    """Names in the order of the model's labels."""
    settings: Mapping[str, Value]
    """All settings of the training."""
    facts: Facts
    """What the training data say; of the task's own type."""
    device: str
    """ "cpu", "cuda" or "mps"."""


@dataclass(frozen=True, slots=True)
class ClassRows:
    """How a weight's first axis holds the classes: ``outer`` × (``background`` + C) × ``inner``."""

    outer: int = 1
    """What varies slower than the class, for example anchors."""
    inner: int = 1
    """What varies faster, for example the four numbers of a box."""
    background: int = 0
    """Rows before the first class."""


class TrainableModel(Protocol):
    """A model that the engine can train; what it is fed with belongs to its task."""

    @property
    def module(self) -> nn.Module:
        """All parameters; its ``state_dict`` is what is saved."""

    @property
    def input_size(self) -> tuple[int, int]:
        """(width, height) of what it sees: pixels of an image, frames and bands of a sound."""

    @property
    def summary(self) -> str:
        """Why it was built like this, in words for the pre-flight; may be empty."""

    def parameter_groups(self, settings: Mapping[str, Value]) -> list[dict[str, object]]:
        """Groups for the optimiser, each with "params" and, where it differs, "lr_scale" (a factor
        on the rate), "weight_decay" and "begins" (the share of a run, 0..1, before which it rests);
        frozen layers are left out."""

    def load_pretrained(self, state: Mapping[str, torch.Tensor]) -> list[str]:
        """Take over what fits from foreign weights; returns the names that did not fit."""


@runtime_checkable
class HasClassRows(Protocol):
    """A model that says which of its weights belong to classes: by name in its ``state_dict``.

    A new training that starts from an earlier run takes over the rows of every class of the same
    name, even when classes were added or their order is another one.
    """

    class_rows: Mapping[str, ClassRows]


@runtime_checkable
class TranslatesWeights(Protocol):
    """A model that can begin with weights of one built for another context."""

    def translate(
        self, state: Mapping[str, Tensor], source: ModelContext[Any]
    ) -> Mapping[str, Tensor]:
        """Weights of a model built for ``source``, in this model's names and units."""


class StepOptimizer(Protocol):
    """An optimiser in the hands of a model's own training step.

    Precision, the limit of gradients and the schedule of rates are the engine's business; loss
    scaling is applied by :meth:`backward` and taken off by :meth:`step`.
    """

    def zero_grad(self) -> None: ...
    def backward(self, loss: Tensor) -> None: ...
    def step(self) -> None: ...

    def minimize(self, loss: Tensor) -> bool:
        """The three in order; False, and no step, where the loss is no finite number."""


@runtime_checkable
class HasTrainingStep(Protocol):
    """A model that does not simply minimise the sum of its losses (a GAN, a siamese network)."""

    def training_step(
        self, inputs: Tensor, targets: Any, optimizers: Sequence[StepOptimizer]
    ) -> Mapping[str, Tensor]:
        """One step on a batch; returns the losses to be shown, as scalars."""


@runtime_checkable
class HasFixedShapes(Protocol):
    """A model whose losses a GPU can compute without being asked for a number on the way."""

    fixed_shapes: bool
    """True: in ``losses`` all shapes follow from those of its arguments, and nothing looks at a
    number (no ``item()``, no ``nonzero``, no boolean indexing, no ``prod``, whose gradient looks).
    Then steps on CUDA are recorded and replayed, many times as fast for a small network. Such a
    detector is given its targets as one tensor, float32 (G, 6): place of the image in the batch,
    class, left, top, right and bottom; rows with a class below 0 are none."""


def has_fixed_shapes(model: object) -> bool:
    """Whether ``model`` says so, see :class:`HasFixedShapes`."""
    return isinstance(model, HasFixedShapes) and model.fixed_shapes


@runtime_checkable
class LearnsFromFeatures(Protocol):
    """A model that may learn from stored features of samples, and not from their pixels."""

    has_features: bool
    """True: its batches are features, which are not varied."""


@runtime_checkable
class PredictsInParallel(Protocol):
    """A model that may be asked from several threads at once on a CPU."""

    parallel: bool
    """True: batches go to it from several threads, each on a core of its own."""


@runtime_checkable
class HasOptimizers(Protocol):
    """A model with optimisers of its own choice. The highest rate of a parameter group is the
    "lr" that it has at the beginning; the schedule changes all of them alike."""

    def optimizers(self, settings: Mapping[str, Value]) -> list[torch.optim.Optimizer]: ...


@runtime_checkable
class HasSampler(Protocol):
    """A model that decides which samples an epoch shows, in which order."""

    def sample_order(self, labels: Sequence[Sequence[str]], seed: int, epoch: int) -> Sequence[int]:
        """Indices of as many samples as there are; a pure function of its arguments."""
