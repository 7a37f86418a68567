"""Before a training it is told that a split learns and judges at the same stations."""

from __future__ import annotations

from pathlib import Path

from tests.project.helpers import labelled
from workbench.engine.training.planning import make_plan
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import GROUPS
from workbench.project.grouping import STATION, Grouping
from workbench.project.manifest import Manifest


def test_mixed_stations_are_told_once_and_can_be_kept_together(tmp_path: Path) -> None:
    for number in range(24):
        labelled(tmp_path, f"cam{number % 8}/{number}.png", ["deer"])
    request = TrainRequest(recipe="compact-n", epochs=1, device="cpu", start_from="none")
    plan = make_plan(tmp_path, request, lambda *_: None)
    told = [words for words in plan.warnings if "mixes stations" in words]
    assert len(told) == 1 and plan.data.files[told[0]] == GROUPS
    manifest = Manifest.load(tmp_path)
    manifest.grouping = Grouping(STATION)
    manifest.save(tmp_path)
    plan = make_plan(tmp_path, request, lambda *_: None)
    assert not any("stations" in words for words in plan.warnings)
    parts = {record.key.partition("/")[0]: record for record in plan.val}
    assert not parts.keys() & {record.key.partition("/")[0] for record in plan.train}
