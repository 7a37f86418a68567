"""Which values of a picture are black and which white; numpy is imported when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ENOUGH = 1 << 20  # values that quantiles are estimated from


class Window(NamedTuple):
    """A stretch of values, as shares of the range from the smallest to the largest one.

    With ``of_values`` the shares are of the values in their order: 0.005 and 0.995 leave out half
    a per cent at each end, however far out these lie.
    """

    low: float = 0.0
    high: float = 1.0
    of_values: bool = False


WHOLE = Window()


def limits(values: NDArray[Any], window: Window = WHOLE) -> tuple[float, float]:
    """The values that are black and white; (0, 0) where none is a finite number."""
    import numpy as np

    whole = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if not whole.size:
        return 0.0, 0.0
    if window.of_values:
        some = whole.ravel()[::-(-whole.size // _ENOUGH)]
        low, high = np.quantile(some, [window.low, window.high])
        if high > low:
            return float(low), float(high)
        window = WHOLE  # nearly all are the same
    least, most = float(whole.min()), float(whole.max())
    return least + window.low * (most - least), least + window.high * (most - least)
