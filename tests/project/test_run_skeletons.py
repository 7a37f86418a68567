"""What the key points of a model are called, as its project says."""

from __future__ import annotations

from pathlib import Path

from workbench.core.skeletons import Skeleton
from workbench.project.manifest import Manifest
from workbench.project.run_skeletons import skeletons_of_run
from workbench.project.runs import RunFolder

FISH = Skeleton(("nose", "tail"), ((0, 1),))


def test_names_of_a_model_stay_when_a_class_is_renamed(tmp_path: Path) -> None:
    Manifest("p", classes=["cat", "fish"], skeletons={"fish": FISH}).save(tmp_path)
    run = RunFolder.create(tmp_path, "compact-n", {"recipe": "compact-n",
                                                   "classes": ["cat", "fish"]})
    assert skeletons_of_run(run) == {"fish": FISH}
    Manifest("p", classes=["cat", "trout"], skeletons={"trout": FISH}).save(tmp_path)
    assert skeletons_of_run(run) == {"fish": FISH}


def test_without_a_project_nothing_is_known(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "compact-n", {"recipe": "compact-n", "classes": ["fish"]})
    assert skeletons_of_run(run) == {}
    (tmp_path / "workbench.toml").write_text("keypoints = nonsense")
    assert skeletons_of_run(run) == {}
