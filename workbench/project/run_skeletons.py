"""What the key points are called that a trained model finds."""

from __future__ import annotations

from workbench.core.errors import WorkbenchError
from workbench.core.skeletons import Skeleton
from workbench.project.class_map import class_map
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder


def skeletons_of_run(run: RunFolder) -> dict[str, Skeleton]:
    """Those of its project, by the names that the classes have in the model; {} where they cannot
    be read."""
    try:
        manifest = Manifest.load(run.project)
        if not manifest.skeletons:
            return {}
        names = [str(name) for name in run.config.get("classes", ())]
    except WorkbenchError:
        return {}
    now = class_map(names, manifest.classes)
    found = {name: manifest.skeletons.get(now.get(name, name)) for name in names}
    return {name: skeleton for name, skeleton in found.items() if skeleton is not None}
