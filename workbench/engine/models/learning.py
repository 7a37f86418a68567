"""How weights of a model are given to an optimiser, and taken over from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch import Tensor, nn


def decay_groups(parameters: Iterable[nn.Parameter], *, begins: float = 0.0, **how: object
                 ) -> list[dict[str, object]]:
    """Weights that decay, and biases and norms that do not, as two groups for an optimiser.

    Parameters
    ----------
    begins, how
        As :meth:`workbench.extension.model.TrainableModel.parameter_groups` has them; ``begins`` is
        only said where they rest at first.
    """
    own = list(parameters)
    rate = {**how, **({"begins": begins} if begins else {})}
    return [{"params": [item for item in own if item.ndim > 1], **rate},
            {"params": [item for item in own if item.ndim <= 1], **rate, "weight_decay": 0.0}]


def take_fitting(module: nn.Module, state: Mapping[str, Tensor]) -> list[str]:
    """Take over all tensors of the same name and shape; the names of those that keep their own."""
    own = module.state_dict()
    fitting = {name: value for name, value in state.items()
               if name in own and own[name].shape == value.shape}
    module.load_state_dict(fitting, strict=False)
    return sorted(set(own) - set(fitting))
