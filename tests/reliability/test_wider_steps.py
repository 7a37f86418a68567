"""Steps of the wider compact detectors; see ``engine/test_queued_step.py``."""

from __future__ import annotations

import pytest

from tests.engine.test_queued_step import (
    SIZES,
    TRIED,
)
from tests.engine.test_queued_step import (
    test_filled_up_labels_give_the_losses_of_labels_in_lists as give_the_same_losses,
)
from tests.engine.test_queued_step import (
    test_no_number_is_looked_at_in_a_step as look_at_no_number,
)

WIDER = [size for size in SIZES if size not in TRIED]


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("size", WIDER)
def test_no_number_is_looked_at(size: str, device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    look_at_no_number(size, device, monkeypatch)


@pytest.mark.parametrize("size", WIDER)
def test_filled_up_labels_give_the_same_losses(size: str) -> None:
    give_the_same_losses(size)
