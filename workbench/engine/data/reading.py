"""Pictures decoded ahead of their use, on threads of their own."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.engine.data.images import Cut, ModelImage, load_picture

Read = ModelImage | WorkbenchError


def read_ahead(
    paths: Iterable[Path], input_size: tuple[int, int], cut: Cut, *, threads: int, ahead: int
) -> Generator[tuple[Path, Read]]:
    """Pictures of files in their order, or why one cannot be read.

    Parameters
    ----------
    input_size, cut
        As :func:`workbench.engine.data.images.load_picture` takes them.
    threads
        Decoding threads.
    ahead
        Pictures that wait at most. Where images are cut into tiles, whole decoded images wait, so
        that it is one: it is ready long before the tiles of the one before it were looked at.
    """
    files = iter(paths)
    waiting: deque[tuple[Path, Future[Read]]] = deque()
    most = 1 if cut is not None else max(1, ahead)

    def load(path: Path) -> Read:
        try:
            return load_picture(path, input_size, cut)
        except WorkbenchError as error:
            return error

    with ThreadPoolExecutor(max(1, threads), thread_name_prefix="decode") as pool:
        try:
            while True:
                for path in islice(files, most + 1 - len(waiting)):
                    waiting.append((path, pool.submit(load, path)))
                if not waiting:
                    return
                path, future = waiting.popleft()
                yield path, future.result()
        finally:
            for _, future in waiting:
                future.cancel()
