"""Two processes that edit one file as fast as they can: nothing acknowledged is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from two_processes import KEY, go, start

from tests.project.helpers import labelled
from workbench.formats.voc import read_voc

ROUNDS, EDITS = 5, 100


@pytest.mark.timeout(600)
def test_what_was_acknowledged_is_there(tmp_path: Path) -> None:
    acknowledged = lost = 0
    for number in range(ROUNDS):
        folder = tmp_path / str(number)
        labelled(folder, KEY, ["cat"])
        said = go(start(folder, "a", EDITS), start(folder, "b", EDITS))
        found = {item.label for item in read_voc(folder / "photo.xml").annotation.objects}
        acknowledged, lost = acknowledged + len(said), lost + len(said - found)
    print(f"{acknowledged} acknowledged, {lost} lost")
    assert acknowledged and not lost
