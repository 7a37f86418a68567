"""Background work that belongs to an object of the window and ends with it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QObject

from workbench.core.background import Worker, WorkQueue
from workbench.gui.background.gui_thread import GuiThreadCaller

Key = TypeVar("Key", bound=Hashable)


class _End(QObject):
    """Ends background work at the end of the program or of the object it belongs to."""

    def __init__(self, owner: QObject, end: Callable[[], object]) -> None:
        super().__init__(owner)
        self._end = end
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.now)
        owner.destroyed.connect(lambda: end())

    def now(self) -> None:
        self._end()


def worker(owner: QObject, name: str) -> Worker:
    """A :class:`Worker` that delivers on the window's thread and ends with ``owner``."""
    made = Worker(name=name, post=GuiThreadCaller(owner))
    _End(owner, made.cancel)
    return made


def work_queue(
    owner: QObject, name: str, *, threads: int = 1,
    newest_first: bool = False, urgency: Callable[[Key], int] = lambda _key: 0,
    group: Callable[[Key], Hashable] | None = None, most_waiting: int | None = None,
) -> WorkQueue[Key]:
    """A :class:`WorkQueue` that delivers on the window's thread and ends with ``owner``."""
    made: WorkQueue[Key] = WorkQueue(
        name=name, post=GuiThreadCaller(owner), threads=threads, newest_first=newest_first,
        urgency=urgency, group=group, most_waiting=most_waiting)
    _End(owner, made.close)
    return made
