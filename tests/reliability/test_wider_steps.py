"""Steps of the wider compact detectors and classifiers, on both devices; see
``engine/test_queued_step.py`` and ``engine/test_queued_classifiers.py``."""

from __future__ import annotations

import pytest

from tests.engine.test_queued_classifiers import MADE
from tests.engine.test_queued_classifiers import ON as KINDS_ON
from tests.engine.test_queued_classifiers import (
    test_no_number_is_looked_at_in_a_step as classifiers_look_at_no_number,
)
from tests.engine.test_queued_step import (
    ON,
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


@pytest.mark.parametrize(("device", "size"), [
    (device, size) for device in ON for size in SIZES if ON[device] != size])
def test_no_number_is_looked_at(device: str, size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    look_at_no_number(device, size, monkeypatch)


@pytest.mark.parametrize(("device", "kind"), [
    (device, kind) for device in KINDS_ON for kind in MADE if kind not in KINDS_ON[device]])
def test_no_number_is_looked_at_by_classifiers(
    device: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    classifiers_look_at_no_number(device, kind, monkeypatch)


@pytest.mark.parametrize("size", WIDER)
def test_filled_up_labels_give_the_same_losses(size: str) -> None:
    give_the_same_losses(size)
