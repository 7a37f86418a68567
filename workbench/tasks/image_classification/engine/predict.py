"""Asking a trained classifier about pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.progress import ProgressCallback
from workbench.core.video import Shown, Source, VideoFrames, path_of, wanted_frames
from workbench.engine import class_scores
from workbench.engine.models.saved import load_run
from workbench.extension.engine_task import Reporter, Run, SavedModel
from workbench.formats.feature_cache import FOLDER, FeatureCache
from workbench.project.cache import cache_folder
from workbench.project.datasets.splits import Split
from workbench.tasks.image_classification.dataset import LabelledImage, by_chance
from workbench.tasks.image_classification.engine.batches import ArrayStore
from workbench.tasks.image_classification.engine.features import FeatureStore, digest_of
from workbench.tasks.image_classification.engine.instant import InstantClassifier
from workbench.tasks.image_classification.engine.model import ImageClassifier
from workbench.tasks.image_classification.engine.pictures import PictureStore, Pixels, square_of
from workbench.tasks.image_classification.engine.stored import class_numbers, run_images, score_set
from workbench.tasks.image_classification.labels import Kind, tags_label
from workbench.tasks.image_classification.results import thresholds_of_run

Say = Callable[[NDArray[np.float32]], dict[str, Any]]
_BATCH, _FRAMES = 32, 16
_MOST_OUT_OF_FOLD = 3000  # training pictures; with more, a few others to learn from change nothing
_MEMORY = 1 << 28  # bytes of pictures that are kept while they are asked about


def open_store(
    model: ImageClassifier, paths: Sequence[Path], cache: Path | None, memory: int,
    workers: int = 2,
) -> ArrayStore:
    """What a model is fed with; features are looked up in and added to the folder ``cache``."""
    if not isinstance(model, InstantClassifier) or cache is None:
        return PictureStore(paths, model.stored, memory, workers)
    return open_features(model, paths, cache, memory, workers)


def open_features(
    model: InstantClassifier, paths: Sequence[Path], cache: Path, memory: int, workers: int = 2,
) -> FeatureStore:
    """The features of pictures, looked up in and added to the folder ``cache``."""
    pictures = PictureStore(paths, model.stored, memory, workers)
    return FeatureStore(pictures, model.features, partial(_features, model, cache))


def _features(model: InstantClassifier, cache: Path) -> FeatureCache:
    return FeatureCache(cache / FOLDER, f"{model.view.name}-{digest_of(model.frozen)}",
                        model.view.size)


def learned_with(
    model: ImageClassifier, split: Split, part: str, train: Sequence[LabelledImage]
) -> Sequence[LabelledImage]:
    """The training pictures, where those of ``part`` were learned from together with them."""
    together = (isinstance(model, InstantClassifier) and model.learns_validation
                and part == "val" and by_chance(split) and len(train) <= _MOST_OUT_OF_FOLD)
    return train if together else ()


class ImagePredictor:
    """A trained classifier and the one way of giving it pictures."""

    def __init__(self, model: ImageClassifier, card: SavedModel, device: torch.device) -> None:
        self.model = model
        self.card = card
        self.problems: list[Problem] = []
        self._device = device
        model.module.eval()

    @classmethod
    def load(cls, run: Run, device: str = "auto") -> Self:
        """Load the best model of ``run``.

        Raises
        ------
        WorkbenchError
            If the run has no model, or it is one for something else.
        """
        model, card, chosen = load_run(run, device)
        if not isinstance(model, ImageClassifier):
            raise UsageError(f"the run {run.name} did not learn classes of images")
        return cls(model, card, chosen)

    def score(
        self, paths: Sequence[Path], tick: ProgressCallback, check: Callable[[], None],
        cache: Path | None = None,
    ) -> dict[int, NDArray[np.float32]]:
        """Probabilities of the classes, by place in ``paths``; unreadable pictures are noted."""
        return self._each(paths, tick, check, cache, self.ask)

    def ask(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        """Probabilities float32 (B, K) of squares uint8 (B, 3, stored, stored), or of features."""
        found: NDArray[np.float32] = self.model.scores(
            torch.from_numpy(inputs).to(self._device)).cpu().numpy()
        return found

    def score_samples(
        self, samples: Sequence[LabelledImage], tick: ProgressCallback, check: Callable[[], None],
        project: Path, learned: Sequence[LabelledImage] = (),
    ) -> tuple[list[LabelledImage], list[NDArray[np.float32]]]:
        """Scores of labelled pictures, without those that cannot be read; ``learned``
        are those that they were learned from together with."""
        cache = cache_folder(project)
        found = (self.out_of_fold(learned, samples, tick, check, cache) if learned and samples else
                 self.score([item.path for item in samples], tick, check, cache))
        return [samples[place] for place in found], list(found.values())

    def out_of_fold(
        self, learned: Sequence[LabelledImage], samples: Sequence[LabelledImage],
        tick: ProgressCallback, check: Callable[[], None], cache: Path,
    ) -> dict[int, NDArray[np.float32]]:
        """:meth:`score` of ``samples`` that were learned from together with others, by fits that
        had not seen them."""
        together = [*learned, *samples]
        found = self._each([item.path for item in together], tick, check, cache, lambda row: row)
        labels = class_numbers([together[place] for place in found], self.card.classes)
        model = cast("InstantClassifier", self.model)
        asked = [place - len(learned) for place in found if place >= len(learned)]
        return dict(zip(asked, model.out_of_fold(np.stack([*found.values()]), labels, len(asked)),
                        strict=True))

    def _each(
        self, paths: Sequence[Path], tick: ProgressCallback, check: Callable[[], None],
        cache: Path | None, ask: Callable[[NDArray[Any]], NDArray[np.float32]],
    ) -> dict[int, NDArray[np.float32]]:
        store = open_store(self.model, paths, cache, _MEMORY)
        found: dict[int, NDArray[np.float32]] = {}
        try:
            for start in range(0, len(paths), _BATCH):
                check()
                part = range(start, min(len(paths), start + _BATCH))
                answers = ask(store.get(part))
                found |= {index: answers[row] for row, index in enumerate(part)
                          if index not in store.broken}
                tick(part[-1] + 1, len(paths))
        finally:
            store.close()
        self.problems += [Problem(str(paths[index]), "unreadable-image", reason)
                          for index, reason in sorted(store.broken.items())]
        return found


def ensure_scores(
    project: Path, run: Run, split: str, report: Reporter, device: str = "auto"
) -> Path:
    """See :func:`workbench.engine.class_scores.ensure_scores`."""
    data = run_images(project, run)

    def score(samples: Sequence[LabelledImage]
              ) -> tuple[list[LabelledImage], list[NDArray[np.float32]]]:
        predictor = ImagePredictor.load(run, device)
        found = predictor.score_samples(
            samples, partial(report, f"Looking at {split}"), report.check, run.project,
            learned_with(predictor.model, data.split, split, data.train))
        for problem in predictor.problems:
            report.warn(problem.reason)
        return found

    return class_scores.ensure_scores(run, split, data.part(split), "images", score, score_set)


def predict_each(
    run: Run, files: Iterable[Source], report: Reporter, device: str = "auto"
) -> Iterator[dict[str, Any] | Problem]:
    """Look at any files: ``{"file", "label", "scores" (by class name)}`` each, of a video's frame
    with "frame" and "time", too, of tags "labels" too, of numbers "value" instead of scores; or the
    problem with one."""
    predictor = ImagePredictor.load(run, device)
    say = answers_of(predictor, run, report)
    reported = 0
    for frames, group in groupby(files, lambda item: wanted_frames(item) is not None):
        if frames:
            for source in group:
                yield from _frames(predictor, say, cast("VideoFrames", wanted_frames(source)),
                                   report)
            continue
        left = map(path_of, group)
        while part := list(islice(left, _BATCH)):
            for place, values in predictor.score(part, _no_progress, report.check).items():
                yield {"file": str(part[place]), **say(values)}
            yield from predictor.problems[reported:]
            reported = len(predictor.problems)


def _frames(predictor: ImagePredictor, say: Say, wanted: VideoFrames, report: Reporter,
            ) -> Iterator[dict[str, Any] | Problem]:
    """Look at the frames of a video; the next ones are decoded meanwhile."""
    from workbench.media.video.reader import VideoReader  # not needed for images

    side = predictor.model.stored
    with ThreadPoolExecutor(1, thread_name_prefix="decode-video") as pool:
        try:
            with VideoReader(wanted.path) as reader, \
                    closing(reader.frames(wanted.first, wanted.every, report.check)) as frames:

                def read() -> list[tuple[Shown, Pixels]]:
                    return [(Shown(wanted.path, frame.number, frame.time),
                             square_of(frame.pixels, side))
                            for frame in islice(frames, _FRAMES)]

                coming = pool.submit(read)
                while part := coming.result():
                    report.check()
                    coming = pool.submit(read)
                    found = predictor.ask(np.stack([square for _, square in part]))
                    for (shown, _), values in zip(part, found, strict=True):
                        yield {**shown.to_json(), **say(values)}
        except WorkbenchError as error:
            yield Problem(str(wanted.path), "unreadable-image", error.sentence())


def answers_of(predictor: ImagePredictor, run: Run, report: Reporter | None = None) -> Say:
    """From what a model computes of a picture to its answer, with the thresholds of the run; what
    is wrong with these is told to ``report``."""
    kind = predictor.model.kind
    thresholds, problem = thresholds_of_run(run) if kind == "tags" else ({}, "")
    if problem and report is not None:
        report.warn(problem)
    return partial(answer, classes=predictor.card.classes, kind=kind, thresholds=thresholds)


def ask_pixels(run: Run, device: str = "auto"
               ) -> Callable[[Sequence[Pixels]], list[dict[str, Any]]]:
    """See :meth:`workbench.extension.engine_task.EngineTask.on_pixels`."""
    predictor = ImagePredictor.load(run, device)
    say, side = answers_of(predictor, run), predictor.model.stored

    def ask(pictures: Sequence[Pixels]) -> list[dict[str, Any]]:
        squares = np.stack([square_of(pixels, side) for pixels in pictures])
        return [say(values) for values in predictor.ask(squares)]

    return ask


def live_predictor(run: Run) -> Callable[[Pixels], dict[str, Any]]:
    """What answers about one picture that lies in memory."""
    ask = ask_pixels(run)
    return lambda pixels: ask([pixels])[0]


def answer(
    values: NDArray[np.float32], classes: Sequence[str], kind: Kind,
    thresholds: Mapping[str, float],
) -> dict[str, Any]:
    """What a model says of a picture, as plain data."""
    if kind == "number":
        value = float(f"{float(values[0]):.5g}")
        return {"label": f"{value:g}", "value": value}
    scores = {name: round(float(value), 5) for name, value in zip(classes, values, strict=True)}
    if kind == "class":
        return {"label": classes[int(values.argmax())], "scores": scores}
    tags = [name for name, value in scores.items() if value >= thresholds.get(name, 0.5)]
    return {"label": tags_label(tags), "labels": tags, "scores": scores}


def _no_progress(_done: int, _total: int) -> None:
    """Progress of one batch, which nobody needs to know."""
