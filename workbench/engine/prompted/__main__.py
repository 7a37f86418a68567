"""``python -m workbench.engine.prompted``: a process that segments by clicks, for the window.

One thread looks at pictures, another answers clicks, so that the next picture can be looked at
while this one is asked about. What was seen of the last pictures is kept, up to
:data:`KEPT_BYTES`. Nothing here imports torch.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from workbench.core.errors import WorkbenchError
from workbench.core.masks import mask_of_pixels
from workbench.engine.prompted.pair import Embedding, PromptedPair
from workbench.engine.service import take_stdin, take_stdout
from workbench.jobs.commands import Embed, FindMask, OpenPair, Shutdown
from workbench.jobs.events import Embedded, Event, Failed, MaskFound, PairReady
from workbench.jobs.protocol import ProtocolError, decode_command, encode
from workbench.media.images.pixels import upright_rgb

KEPT_BYTES = 128 * 1024 * 1024
Stamped = tuple[str, int, int]


class Segmenter:
    """The pair, the pictures that were looked at, and those that are to be."""

    def __init__(self, events: IO[bytes]) -> None:
        self._events, self._writing = events, threading.Lock()
        self._pair: PromptedPair | None = None
        self._changed = threading.Condition()
        self._kept: OrderedDict[Stamped, Embedding | WorkbenchError] = OrderedDict()
        self._waiting: list[str] = []
        self._asked: SimpleQueue[FindMask] = SimpleQueue()
        for work in (self._look, self._answer):
            threading.Thread(target=work, name=work.__name__, daemon=True).start()

    def read(self, commands: IO[bytes]) -> None:
        """Serve until the commands end."""
        for line in commands:
            try:
                command = decode_command(line.decode("utf-8", "replace"))
            except ProtocolError as error:
                self._say(Failed("", str(error)))
                continue
            if isinstance(command, Shutdown):
                return
            if isinstance(command, OpenPair):
                self._open(command)
            elif isinstance(command, Embed):
                with self._changed:
                    self._waiting = list(command.files)
                    self._changed.notify_all()
            elif isinstance(command, FindMask):
                self._asked.put(command)

    def _open(self, command: OpenPair) -> None:
        try:
            pair = PromptedPair([Path(file) for file in command.files])
        except WorkbenchError as error:
            self._say(Failed(command.job, error.sentence()))
            return
        with self._changed:
            self._pair = pair
            self._kept.clear()
            self._changed.notify_all()
        self._say(PairReady(command.job))

    # --- on the threads -------------------------------------------------------------------------

    def _look(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._pair is not None and self._waiting)
                pair, name = self._pair, self._waiting.pop(0)
                file = _stamped(name)
                found = self._kept.get(file)
            assert pair is not None
            if found is None:
                found = _embedded(pair, name)
                self._keep(file, found, pair)
            self._say(Embedded(name, found.sentence() if isinstance(found, WorkbenchError) else ""))

    def _keep(self, file: Stamped, found: Embedding | WorkbenchError, pair: PromptedPair) -> None:
        with self._changed:
            if pair is self._pair:
                self._kept[file] = found
            total = sum(_bytes(item) for item in self._kept.values())
            while total > KEPT_BYTES and len(self._kept) > 1:
                total -= _bytes(self._kept.popitem(last=False)[1])
            self._changed.notify_all()

    def _answer(self) -> None:
        while True:
            command = self._asked.get()
            while not self._asked.empty():  # only the last prompts count
                command = self._asked.get()
            try:
                self._say(self._found(command))
            except WorkbenchError as error:
                self._say(Failed(command.job, error.sentence()))

    def _found(self, command: FindMask) -> MaskFound:
        file = _stamped(command.file)
        with self._changed:
            if file not in self._kept:
                self._waiting.insert(0, command.file)
                self._changed.notify_all()
            self._changed.wait_for(lambda: file in self._kept)
            seen, pair = self._kept[file], self._pair
            self._kept.move_to_end(file)
        assert pair is not None
        if isinstance(seen, WorkbenchError):
            raise seen
        pixels, score = pair.mask(seen, command.prompts)
        mask = mask_of_pixels(pixels)
        return MaskFound(command.job, score, seen.seen,
                         (mask.x, mask.y, mask.width, mask.height), list(mask.runs))

    def _say(self, event: Event) -> None:
        with self._writing:
            self._events.write(encode(event).encode("utf-8") + b"\n")
            self._events.flush()


def _embedded(pair: PromptedPair, file: str) -> Embedding | WorkbenchError:
    try:
        return pair.embedded(upright_rgb(Path(file)))
    except WorkbenchError as error:
        return error
    except MemoryError:
        return WorkbenchError("there is not enough memory to look at it", path=Path(file))


def _stamped(file: str) -> Stamped:
    """A file as it is now."""
    try:
        info = Path(file).stat()
    except OSError:
        return (file, 0, 0)
    return (file, info.st_mtime_ns, info.st_size)


def _bytes(item: Embedding | WorkbenchError) -> int:
    return sum(value.nbytes for value in item.values.values()) \
        if isinstance(item, Embedding) else 0


def main() -> int:
    """Serve until stdin ends."""
    commands = take_stdin()
    Segmenter(take_stdout()).read(commands)
    return 0


if __name__ == "__main__":
    sys.exit(main())
