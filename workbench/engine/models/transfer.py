"""Taking over weights from another model, class by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from workbench.extension.model import ClassRows

State = Mapping[str, Tensor]

COUNTERS = "num_batches_tracked"  # of batch norm: of no consequence, and often absent


def adapt_state(
    state: State, own: State, *, class_rows: Mapping[str, ClassRows], old_classes: Sequence[str],
    new_classes: Sequence[str], mean_rows: bool = False,
) -> tuple[dict[str, Tensor], list[str]]:
    """Fit foreign weights to a model, by name, shape and class name.

    Parameters
    ----------
    state
        The foreign weights.
    own
        The model's ``state_dict``; what the foreign weights lack is taken from here.
    class_rows
        Which weights hold rows of classes, and how.
    old_classes, new_classes
        Class names in the order of the foreign rows and of the model's rows.
    mean_rows
        Whether a class that the foreign model does not know begins with the mean of all it knows:
        what they have in common tells things from background. Else it keeps the model's own row.

    Returns
    -------
    fitted
        One tensor for every name in ``own``, of its shape.
    left
        Names of weights that kept the model's own values altogether.
    """
    fitted: dict[str, Tensor] = {}
    left: list[str] = []
    for name, mine in own.items():
        theirs = state.get(name)
        found = None
        if theirs is not None and name in class_rows:
            found = _by_class(theirs, mine, class_rows[name], old_classes, new_classes, mean_rows)
        elif theirs is not None and theirs.shape == mine.shape:
            found = theirs
        fitted[name] = mine if found is None else found.to(mine.dtype)
        if found is None and not name.endswith(COUNTERS):
            left.append(name)
    return fitted, left


def _by_class(
    theirs: Tensor, mine: Tensor, rows: ClassRows, old: Sequence[str], new: Sequence[str],
    mean_rows: bool,
) -> Tensor | None:
    if theirs.shape[1:] != mine.shape[1:]:
        return None
    rest = tuple(mine.shape[1:])
    old_shape = (rows.outer, rows.background + len(old), rows.inner, *rest)
    new_shape = (rows.outer, rows.background + len(new), rows.inner, *rest)
    if theirs.numel() != _product(old_shape) or mine.numel() != _product(new_shape):
        return None
    source = theirs.reshape(old_shape)
    result = mine.detach().clone().reshape(new_shape)
    result[:, : rows.background] = source[:, : rows.background].to(result)
    if old and mean_rows:
        result[:, rows.background :] = source[:, rows.background :].mean(1, keepdim=True).to(result)
    position = {name: index for index, name in enumerate(old)}
    for index, name in enumerate(new):
        if name in position:
            row = source[:, rows.background + position[name]]
            result[:, rows.background + index] = row.to(result)
    return result.reshape(mine.shape)


def _product(shape: Sequence[int]) -> int:
    result = 1
    for size in shape:
        result *= size
    return result
