"""Asking a trained model about pictures, whatever it says of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.progress import Check, ProgressCallback
from workbench.core.video import Shown, Source
from workbench.engine.data.images import Cut, ModelImage
from workbench.engine.data.reading import read_ahead
from workbench.engine.devices import cpu_cores
from workbench.engine.models.card import read_card
from workbench.extension.engine_task import Reporter, Run, SavedModel
from workbench.formats.stored_answers import Known
from workbench.project.datasets.images import load_dataset
from workbench.project.runs import require_storable

RawT = TypeVar("RawT")
AnswerT = TypeVar("AnswerT")


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Found(Generic[RawT]):
    """What a model says of one image or frame, before any threshold: ``size`` (width, height) as
    displayed."""

    shown: Shown
    size: tuple[int, int]
    raw: RawT

    @property
    def path(self) -> Path:
        return self.shown.path


class PicturePredictor(ABC, Generic[RawT]):
    """A trained model and the one way of giving it pictures.

    Parameters
    ----------
    card
        What the model is.
    input_size
        (width, height) of its input in pixels.
    at_once
        Pictures that it sees at a time.
    cut
        How pictures are cut into views; None for all of each.
    """

    def __init__(
        self, card: SavedModel, input_size: tuple[int, int], at_once: int, cut: Cut = None
    ) -> None:
        self.card = card
        self.problems: list[Problem] = []
        """Files that could not be read so far."""
        self._input_size = input_size
        self._at_once = at_once
        self._cut = cut

    @abstractmethod
    def look(self, pictures: Iterable[ModelImage], check: Check
             ) -> Iterator[tuple[ModelImage, RawT]]:
        """What is said of pictures in their order; ``check`` is called between batches."""

    def predict_raw(self, sources: Iterable[Source], check: Check = _nothing
                    ) -> Iterator[Found[RawT]]:
        """Look at files in their order; one that cannot be read is left out and noted.

        Parameters
        ----------
        sources
            Images and videos.
        check
            Called between batches.
        """
        files: deque[Shown] = deque()
        with closing(self._pictures(sources, files)) as pictures:
            for picture, raw in self.look(pictures, check):
                yield Found(files.popleft(), picture.size, raw)

    def answers(self, sources: Iterable[Source], check: Check,
                say: Callable[[Found[RawT]], dict[str, Any]]) -> Iterator[dict[str, Any] | Problem]:
        """What ``say`` makes of each, and what is wrong with files as soon as it is known."""
        reported = 0
        for item in self.predict_raw(sources, check):
            yield from self.problems[reported:]
            reported = len(self.problems)
            yield say(item)
        yield from self.problems[reported:]

    def of_project(
        self, project: Path, keys: Sequence[str], tick: ProgressCallback, check: Check = _nothing
    ) -> Iterator[tuple[str, Found[RawT]]]:
        """Look at images of a project, each with its key; those that cannot be read are
        missing."""
        seen = self.predict_raw((project / key for key in keys), check)
        for done, item in enumerate(seen, 1):
            yield item.path.relative_to(project).as_posix(), item
            tick(done, len(keys))

    def _pictures(self, sources: Iterable[Source], files: deque[Shown]) -> Generator[ModelImage]:
        """The pictures that can be read; their files are appended to ``files``."""
        with closing(read_ahead(sources, self._input_size, self._cut,
                                threads=max(2, min(8, cpu_cores())), ahead=2 * self._at_once,
                                )) as read:
            for shown, item in read:
                if isinstance(item, WorkbenchError):
                    self.problems.append(
                        Problem(str(shown.path), "unreadable-image", item.sentence()))
                else:
                    files.append(shown)
                    yield item


def ensure_answers(
    project: Path, run: Run, split: str, report: Reporter, *,
    known: Callable[[Path, SavedModel], Known[AnswerT]],
    predictor: Callable[[], PicturePredictor[RawT]],
    answer: Callable[[Found[RawT]], AnswerT],
    save: Callable[[Path, SavedModel, Sequence[str], Sequence[AnswerT], Sequence[str]], None],
    words: str,
    asked: Callable[[Path, Run, str], tuple[SavedModel, list[str]]] | None = None,
) -> Path:
    """Have the answers of ``run`` on ``split`` on the disk; return where.

    Stored ones are used as far as they are of the same model; only images that are new in the
    split are looked at.

    Parameters
    ----------
    known
        Reads what is stored of a model.
    predictor
        Loads the model.
    answer
        What is stored of what it says.
    save
        (path, card, keys, their answers, keys of those that cannot be read) writes them.
    words
        What is said meanwhile.
    asked
        Gives what the model is and the images of the part, as :func:`asked_of` does of images with
        labels of their own.

    Raises
    ------
    UsageError
        If the split has no images.
    WorkbenchError
        If the run has no model, or the disk refuses; before the model is asked, where its folder
        may not be written.
    """
    card, keys = (asked or asked_of)(project, run, split)
    path = run.predictions_path(split)
    stored = known(path, card)
    if stored.complete(keys):
        return path
    require_storable(path)
    made = dict(stored.answers)
    missing = [key for key in keys if key not in made]
    if missing:
        looking = predictor()
        made.update((key, answer(found)) for key, found in looking.of_project(
            project, missing, partial(report, words), report.check))
        for problem in looking.problems:
            report.warn(problem.reason)
    there = [key for key in keys if key in made]
    save(path, card, there, [made[key] for key in there], sorted(set(keys) - set(there)))
    return path


def asked_of(project: Path, run: Run, split: str) -> tuple[SavedModel, list[str]]:
    """What the model of a run is, and the keys of the labelled images of a part of its split.

    Raises
    ------
    UsageError
        If the split has no images.
    WorkbenchError
        If the run has no model.
    """
    if not run.best_path.is_file():
        raise WorkbenchError(f"the run {run.name} has no model yet")
    keys = [record.key for record in load_dataset(project, run.split).part(split)]
    if not keys:
        raise UsageError(f"the split “{split}” has no labelled images")
    return read_card(run.best_path), keys
