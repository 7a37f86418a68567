"""Looking at files, and the raw answers of a run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import torch

from workbench.core.class_maps import LIKELIER, ClassMap, shares_of
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.progress import Check, ProgressCallback
from workbench.core.video import Shown, Source
from workbench.engine.data.images import ModelImage, Pixels, picture_of_frame
from workbench.engine.data.reading import read_ahead
from workbench.engine.devices import cpu_cores
from workbench.engine.models.card import read_card
from workbench.engine.models.fusing import fuse_norms
from workbench.engine.models.saved import load_run
from workbench.extension.engine_task import Reporter, Run, SavedModel
from workbench.extension.segmentation import SegmentationModel
from workbench.formats.class_maps import ClassMapSet, class_maps_of_model, save_class_maps
from workbench.project.datasets.images import load_dataset
from workbench.project.runs import require_storable
from workbench.tasks.segmentation.engine.looking import look_at, maps_of, within

_PIXELS = {"cpu": 1_000_000}  # of a batch, at most; others take more
_MORE_PIXELS = 8_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """The map of one image or frame; ``size`` (width, height) as displayed."""

    shown: Shown
    size: tuple[int, int]
    map: ClassMap


class AreaPredictor:
    """A trained model and the one way of giving it images."""

    def __init__(self, model: SegmentationModel, card: SavedModel, device: torch.device) -> None:
        self.card = card
        """What the model is."""
        self.problems: list[Problem] = []
        """Files that could not be read so far."""
        self._model = model
        self._device = device
        width, height = model.input_size
        most = _PIXELS.get(device.type, _MORE_PIXELS)
        self.batch_size = max(1, min(32, most // (width * height)))
        """Images that the model sees at a time."""
        model.module.eval()

    @classmethod
    def load(cls, run: Run, device: str = "auto") -> Self:
        """Load the best model of ``run``.

        Raises
        ------
        WorkbenchError
            If the run has no model or it cannot be read.
        """
        model, card, chosen = load_run(run, device)
        fuse_norms(model.module)
        return cls(model, card, chosen)

    def look(self, sources: Iterable[Source], check: Check) -> Iterator[Found]:
        """The maps of files in their order; one that cannot be read is left out and noted.

        Parameters
        ----------
        sources
            Images and videos.
        check
            Called between batches.
        """
        files: deque[Shown] = deque()
        with closing(self._pictures(sources, files)) as pictures:
            for picture, found in look_at(self._model, pictures, self.batch_size, self._device,
                                          check):
                yield Found(files.popleft(), picture.size, found)

    def look_at_pixels(self, pixels: Pixels) -> Found:
        """The map of one picture that lies in memory, uint8 (H, W, 3) RGB."""
        picture = picture_of_frame(pixels, self._model.input_size)
        [found] = maps_of(self._model, picture.pixels(0)[None], self._device, lambda: None)
        return Found(Shown(Path()), picture.size, within(found, picture))

    def answer(self, found: Found) -> dict[str, Any]:
        """A map as plain data: "file", "size" (width and height), "classes", "map"
        (:meth:`~workbench.core.class_maps.ClassMap.to_json`) and "areas", the share of the image
        that each class covers; of a video's frame with "frame" and "time"."""
        classes = list(self.card.classes)
        shares = shares_of(found.map.at(LIKELIER), classes)
        return {**found.shown.to_json(), "size": list(found.size), "classes": classes,
                "map": found.map.to_json(),
                "areas": {name: round(share, 6) for name, share in shares.items()}}

    def _pictures(self, sources: Iterable[Source], files: deque[Shown]) -> Generator[ModelImage]:
        """The pictures that can be read; their files are appended to ``files``."""
        with closing(read_ahead(sources, self._model.input_size, None,
                                threads=max(2, min(8, cpu_cores())), ahead=2 * self.batch_size,
                                )) as read:
            for shown, item in read:
                if isinstance(item, WorkbenchError):
                    self.problems.append(
                        Problem(str(shown.path), "unreadable-image", item.sentence()))
                else:
                    files.append(shown)
                    yield item


def class_map_set(
    card: SavedModel, split: str, keys: Sequence[str], sizes: Sequence[tuple[int, int]],
    maps: Sequence[ClassMap], unreadable: Iterable[str],
) -> ClassMapSet:
    """Maps as they are stored with a run."""
    return ClassMapSet.of(keys, sizes, maps, card.classes, {
        "model": card.id, "recipe": card.recipe, "split": split, "epoch": card.epoch,
        "input_size": list(card.input_size), "unreadable": sorted(set(unreadable))})


def predict_set(
    predictor: AreaPredictor, project: Path, keys: Sequence[str], split: str, *,
    tick: ProgressCallback, check: Check,
) -> ClassMapSet:
    """Maps of images of a project; unreadable ones are left out."""
    found: list[Found] = []
    for item in predictor.look((project / key for key in keys), check):
        found.append(item)
        tick(len(found), len(keys))
    there = [item.shown.path.relative_to(project).as_posix() for item in found]
    return class_map_set(predictor.card, split, there, [item.size for item in found],
                         [item.map for item in found], set(keys) - set(there))


def ensure_predictions(
    project: Path, run: Run, split: str, report: Reporter, device: str = "auto"
) -> Path:
    """Have the maps of ``run`` on ``split`` on the disk; return where.

    Stored ones are used as far as they are of the same model; only images that are new in the
    split are looked at.

    Raises
    ------
    UsageError
        If the split has no images.
    WorkbenchError
        If the run has no model, or the disk refuses; before the model is asked, where its folder
        may not be written.
    """
    if not run.best_path.is_file():
        raise WorkbenchError(f"the run {run.name} has no model yet")
    card = read_card(run.best_path)
    keys = [record.key for record in load_dataset(project, run.split).part(split)]
    if not keys:
        raise UsageError(f"the split “{split}” has no labelled images")
    path = run.predictions_path(split)
    stored = class_maps_of_model(path, card.id)
    known = {} if stored is None else {key: row for row, key in enumerate(stored.files)}
    unreadable = set() if stored is None else {*stored.meta.get("unreadable", ())}
    missing = [key for key in keys if key not in known and key not in unreadable]
    if stored is not None and not missing and set(known) <= set(keys):
        return path
    require_storable(path)
    both = [stored] if stored is not None else []
    if missing:
        predictor = AreaPredictor.load(run, device)
        both.append(predict_set(predictor, project, missing, split, check=report.check,
                                tick=partial(report, f"Looking at {split}")))
        for problem in predictor.problems:
            report.warn(problem.reason)
    save_class_maps(path, _joined(both, keys))
    return path


def _joined(sets: Sequence[ClassMapSet], keys: Sequence[str]) -> ClassMapSet:
    """What several sets of one model say of ``keys``, in their order."""
    rows = {key: (found, row) for found in sets for row, key in enumerate(found.files)}
    there = [key for key in keys if key in rows]
    chosen = [rows[key] for key in there]
    return ClassMapSet(
        there, [found.sizes[row] for found, row in chosen], sets[-1].classes,
        [found.packed[row] for found, row in chosen], [found.shapes[row] for found, row in chosen],
        {**sets[-1].meta, "unreadable": sorted(set(keys) - set(there))})


def predict_each(run: Run, files: Iterable[Source], report: Reporter, device: str = "auto"
                 ) -> Iterator[dict[str, Any] | Problem]:
    """Look at any files: see :meth:`AreaPredictor.answer`; or the problem with one."""
    predictor = AreaPredictor.load(run, device)
    reported = 0
    for item in predictor.look(files, report.check):
        yield from predictor.problems[reported:]
        reported = len(predictor.problems)
        yield predictor.answer(item)
    yield from predictor.problems[reported:]


def live_predictor(run: Run) -> Callable[[Pixels], dict[str, Any]]:
    """What answers about a picture that lies in memory, uint8 (H, W, 3)."""
    predictor = AreaPredictor.load(run)
    return lambda pixels: predictor.answer(predictor.look_at_pixels(pixels))
