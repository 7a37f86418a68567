"""Features of a project's pictures, found out before any training, for suggestions of classes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.core.errors import WorkbenchError
from workbench.engine.devices import choose_device
from workbench.extension.engine_task import Reporter
from workbench.extension.model import ModelContext
from workbench.project.cache import cache_folder
from workbench.tasks.image_classification.dataset import ImageFacts
from workbench.tasks.image_classification.engine.instant import InstantClassifier
from workbench.tasks.image_classification.engine.predict import open_features
from workbench.tasks.image_classification.messages import NO_WEIGHTS
from workbench.tasks.image_classification.recipes import INSTANT

_PART = 16  # pictures between two reports
_MEMORY = 0  # pixels are not needed twice


def describe_images(project: Path, files: Sequence[str], report: Reporter) -> dict[str, Any]:
    """Have the features of pictures in the project's cache.

    Returns
    -------
    dict
        "cache": the file that holds them, "unreadable": those of ``files`` that have none.

    Raises
    ------
    WorkbenchError
        If the network's weights are not installed, or there is no place for a cache.
    """
    model = network()
    store = open_features(model, [project / name for name in files], cache_folder(project), _MEMORY)
    try:
        for start in range(0, len(files), _PART):
            part = range(start, min(start + _PART, len(files)))
            report("Looking at images", start, len(files))
            store.get(part)
        broken = [files[place] for place in sorted(store.broken)]
        return {"cache": str(store.cache.path), "unreadable": broken}
    finally:
        store.close()


@lru_cache(maxsize=1)
def network() -> InstantClassifier:
    device = choose_device("auto")
    facts = ImageFacts(0, (), 0, False)
    model = InstantClassifier(ModelContext((), INSTANT.fixed, facts, device.type))
    if not model.ready:
        raise WorkbenchError(NO_WEIGHTS)
    model.module.eval()
    model.module.to(device)
    return model
