"""Files that are made, each beside one that is not read as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.background import BackgroundThread, Cancelled
from workbench.core.errors import WorkbenchError
from workbench.core.paths import exists
from workbench.core.progress import ProgressCallback
from workbench.core.text import tr
from workbench.media.conversion_kinds import conversion_of
from workbench.project.imports.files import numbered


@dataclass(slots=True)
class MadeBeside:
    """What became of it."""

    files: list[Path] = field(default_factory=list)
    """What was made, or was there just so."""
    new: list[Path] = field(default_factory=list)
    """What was made now."""
    failures: list[str] = field(default_factory=list)
    """Why nothing was made of others, a sentence for each."""
    stopped: bool = False
    """Whether a person ended it."""

    @property
    def failed_words(self) -> str:
        """The first of the failures, and how many more there are; "" for none."""
        more = tr(" (and {failures} more)", failures=len(self.failures) - 1) \
            if len(self.failures) > 1 else ""
        return f"{self.failures[0]}{more}" if self.failures else ""


def make_beside(files: Sequence[Path], thread: BackgroundThread,
                progress: ProgressCallback = lambda done, total: None) -> MadeBeside:
    """Make of each of the ``files`` what becomes of it, beside it; on ``thread``, which may be
    stopped (what was made by then stays, whole) or cancelled."""
    def check() -> None:
        thread.check()
        if thread.stopping:
            raise Cancelled

    done = MadeBeside()
    for at, file in enumerate(files):
        progress(at, len(files))
        try:
            _make(file, check, done)
        except WorkbenchError as error:
            done.failures.append(error.sentence())
        except Cancelled:
            thread.check()
            done.stopped = True
            break
    return done


def _make(file: Path, check: Callable[[], None], done: MadeBeside) -> None:
    conversion = conversion_of(file)
    assert conversion is not None
    for name in numbered(conversion.made_of(file.name)):
        target = file.with_name(name)
        if not exists(target):
            check()
            conversion.convert(file, target, check)
            done.new.append(target)
            done.files.append(target)
            return
        if conversion.was_made_from(target, file):
            done.files.append(target)
            return
