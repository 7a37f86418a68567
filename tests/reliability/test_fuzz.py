"""No damaged file ends in an uncaught exception; see :mod:`tests.reliability.fuzz`."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.reliability.fuzz import SEEDS, execute, fuzz, targets


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.bin")), ids=lambda path: path.stem)
def test_what_once_ended_badly_is_answered(path: Path, tmp_path: Path) -> None:
    target = targets(tmp_path)[path.name.partition("_")[0]]
    assert execute(target, path.read_bytes()) is None


def test_a_minute_of_damaged_files_is_answered() -> None:
    report = fuzz([], seed=int(time.time()), until=time.monotonic() + 60)
    assert not report.findings, report.findings
    assert len(report.executions) == len(set(report.executions)) >= 17
