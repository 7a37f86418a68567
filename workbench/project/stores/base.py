"""Where a project's labels are read from and written to, whatever format it keeps them in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import Problem
from workbench.core.text import listed, several
from workbench.extension.holds import VERIFIED, Holds
from workbench.project.stores.numbers import ClassNumbers


class LabelFile(Protocol):
    """The labels of one image as they were read.

    Attributes
    ----------
    annotation, problems
        What they say, and what a person should know of it.
    """

    @property
    def annotation(self) -> Annotation: ...
    @property
    def problems(self) -> tuple[Problem, ...]: ...

    def render(self, annotation: Annotation) -> bytes:
        """The bytes with ``annotation`` in them: what did not change keeps its bytes. Raises
        WorkbenchError for what has no place."""
        ...


class Summary(NamedTuple):
    """What a list shows of one image: objects by class (as the index remembers it: see
    :meth:`AnnotationStore.named`), whether it is verified, and whether any object is difficult or
    truncated."""

    counts: Counter[str]
    verified: bool = False
    difficult: bool = False
    truncated: bool = False


class AnnotationStore(ABC):
    """The labels of a project's images: the bytes of each, what they mean, and what they can hold.

    Methods are for any thread, but for those that say otherwise.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    """As in :data:`~workbench.extension.annotation_formats.annotation_formats`."""
    holds: Holds
    """What it can say; an edit that needs more is refused."""
    numbers: ClassNumbers | None = None
    """The numbers of the classes, where labels hold these and a file names them; the session writes
    it (:mod:`workbench.project.stores.numbering`)."""
    files: tuple[str, ...] = ()
    """Files that hold the labels of many images, as posix paths in the project."""
    problems: tuple[Problem, ...] = ()
    """What a person should know of these."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        """The project's."""

    @abstractmethod
    def parse(self, data: bytes, path: Path, image: Path | None) -> LabelFile:
        """Understand the label file ``path`` of ``image``, None where there is no such image: then
        shapes may have any size.

        Raises
        ------
        FormatError
            If it cannot be read.
        WorkbenchError
            If the image or the classes cannot be.
        """

    @abstractmethod
    def new(self, annotation: Annotation, image: Path, place: Path | None = None) -> bytes:
        """The bytes of a label file for an image that has none yet, which will lie at ``place``
        in the project; raises WorkbenchError."""

    @abstractmethod
    def summarize(self, data: bytes) -> Summary:
        """Summarize a label file, quickly; refuses the files that :meth:`parse` refuses."""

    def bring_together(self) -> None:  # noqa: B027  most formats have nothing to do here
        """Take in what other programs wrote, where labels of many images are in one file; for
        whoever reads labels without a session."""

    def write_out(self) -> None:  # noqa: B027
        """Write what such a file does not say yet; for whoever writes labels without a session."""

    def named(self, classes: str) -> str:
        """The counts of a summary, as JSON, by the names that the classes have now."""
        return classes

    @property
    def names(self) -> tuple[str, ...]:
        """The classes that the labels' own files list, in their order; "" for a gap."""
        return ()

    @property
    def meaning(self) -> str:
        """What the meaning of a label file depends on besides its bytes."""
        return ""

    def read(self, path: Path, image: Path | None) -> LabelFile:
        """Read the label file ``path`` of ``image``; raises WorkbenchError where it is not there
        or cannot be read."""
        from workbench.formats.regular_file import read_file

        return self.parse(read_file(path), path, image)

    def fitted(self, item: LabeledObject, before: LabeledObject | None) -> LabeledObject:
        """An object that was drawn, or changed from what it was ``before``, as it can be kept: a
        box becomes an outline where there are nothing but outlines.

        Raises
        ------
        UsageError
            If it would lose anything.
        """
        return item

    def takes(self, kind: str) -> bool:
        """Whether a shape of ``kind``, as :mod:`workbench.extension.holds` names it, has a place or
        becomes one that has without a loss; "" stands for any."""
        return True

    @property
    def kept(self) -> str:
        """Kinds of objects that have a place: "boxes"."""
        return listed([several(kind) for kind in self.holds.shapes], len(self.holds.shapes))

    @property
    def verifies(self) -> bool:
        """Whether there is a place for the mark that an image is checked."""
        return VERIFIED in self.holds.of_sample

    def may_hold(self, data: bytes, label: str) -> bool:
        """Whether ``label`` can be in a file at all: a quick look before it is parsed."""
        return label.encode("utf-8") in data or not data.isascii()

    def is_label_file(self, name: str) -> bool:
        """Whether a file of this name, a posix path in the project, can be that of an image."""
        return True

    def parts(self, keys: Iterable[str]) -> Mapping[str, str]:
        """The part of the split of each image, where the data set itself says it."""
        return {}
