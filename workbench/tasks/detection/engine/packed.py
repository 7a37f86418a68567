"""The labels of a batch in one tensor of few columns, which is brought to a device at once.

A GPU that replays a recorded step wants tensors of one shape: rows that are no objects fill the
list up to a length that many batches share. A recorded step of each such length is kept.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_FEWEST = 64
_NOTHING = -1.0


def pack(boxes: Tensor, labels: Tensor, image: Tensor, details: Tensor | None = None) -> Tensor:
    """Labels laid end to end, float32 (G, 6): image, class, left, top, right, bottom; and the rows
    of ``details`` behind them.

    Parameters
    ----------
    boxes, labels, image
        (G, 4) xyxy in input pixels, (G,) class and (G,) place of the image in the batch.
    details
        As :mod:`.details` has them.
    """
    more = [] if details is None else [details.float()]
    return torch.cat((torch.stack((image, labels), 1).float(), boxes.float(), *more), 1)


def filled_up(rows: Tensor) -> Tensor:
    """With rows that are no objects, up to the next power of two."""
    length = max(_FEWEST, 1 << max(len(rows) - 1, 0).bit_length())
    return functional.pad(rows, (0, 0, 0, length - len(rows)), value=_NOTHING)
