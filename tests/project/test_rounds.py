"""Which step of a round a project is at."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.project.datasets.splits import Split, save_split
from workbench.project.rounds import LabellingState, Learned, Step, newest_model, next_step
from workbench.project.runs import RunFolder

FIRST = Learned("run", 10, 1)


@pytest.mark.parametrize(("now", "learned", "step"), [
    (LabellingState(0, 0), Learned(), "label"),
    (LabellingState(300, 9, left=291), Learned(), "label"),
    (LabellingState(300, 10, left=290), Learned(), "train"),
    (LabellingState(4, 4), Learned(), "train"),  # there are no more
    (LabellingState(300, 10, asked=0, left=290), FIRST, "suggest"),
    (LabellingState(300, 12, asked=0, left=288), FIRST, "suggest"),  # some were labelled by hand
    (LabellingState(300, 10, 80, 312, asked=90, left=200), FIRST, "review"),
    (LabellingState(300, 90, 0, 0, asked=90, left=200), FIRST, "again"),
    (LabellingState(300, 10, 0, 0, asked=90, left=200), FIRST, "suggest"),  # nothing found on those
    (LabellingState(300, 10, 0, 0, asked=290, left=0), FIRST, "label"),
    (LabellingState(300, 300, 0, 0, asked=290), FIRST, "again"),
    (LabellingState(300, 300), Learned("run", 300, 2), "done"),
    (LabellingState(300, 10, left=290), FIRST, "suggest"),  # guesses that nobody keeps
    (LabellingState(300, 40, left=260), FIRST, "again"),
])
def test_the_next_step(now: LabellingState, learned: Learned, step: Step) -> None:
    assert next_step(now, learned) == step


def test_the_newest_model_and_what_it_knew_are_read_from_its_run(tmp_path: Path) -> None:
    assert newest_model(tmp_path, "detection") == Learned()
    for number in (1, 2):
        run = RunFolder.create(tmp_path, "compact-n", {"task": "detection", "classes": ["cat"]})
        run.write_state(state="finished")
        save_split(run.path, Split(train=["a", "b", "c"][:number + 1], val=["d"], test=["e"]))
        if number == 1:
            run.best_path.write_bytes(b"")
            first = run
    assert newest_model(tmp_path, "detection") == Learned(first.name, 4, 1), "it has a model"
    assert newest_model(tmp_path, "image-classification") == Learned()
