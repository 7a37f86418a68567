"""Recorded steps: what a GPU does in a step is put together once and started as a whole.

A step of a small network is some two thousand little operations, each of which takes longer to be
sent by Python than to be computed. CUDA can record them as a graph and replay it with one call (see
"CUDA Graphs" in PyTorch's notes on CUDA). A graph works on the memory that it was recorded with, so
a batch is copied into the inputs of the graph for its shape. What is different in each step lies in
tensors: rates, shares and counts (:mod:`.numbers`), and the seed, which torch writes before each
replay.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor

from workbench.engine.data.batches import none_made

Work = Callable[[], Tensor]
Step = Callable[[Tensor, Any], Tensor]

WARM = 3
"""Steps before one is recorded: libraries choose their ways and optimisers make their states."""

MOST = 16
"""Shapes that are recorded; others are rare."""


def one_by_one_text(reason: str) -> str:
    """What the log says where steps are not recorded."""
    return f"Steps go to the GPU one operation at a time, which takes longer: {reason}."


class GraphRecorder(Protocol):
    """Records what a device is asked to do."""

    def warm(self, work: Work) -> Tensor:
        """Do ``work`` under the conditions of a recording."""

    def record(self, work: Work) -> tuple[Callable[[], None], Tensor]:
        """Record ``work`` without doing it: what does it, and where its result will lie."""

    def begin_anew(self) -> None:
        """Nobody has what was recorded before any more."""


class RecordedStep:
    """Takes steps like ``step``, replaying those whose shapes it has met before; targets that are
    no tensor have no shape that would say enough.

    Parameters
    ----------
    step
        From the inputs and the targets of a batch to its losses; it looks at no number, and what it
        changes lies where it lay.
    note
        Takes a sentence for the log.
    clear
        Puts away what a step leaves where it ends in the middle.
    """

    def __init__(
        self, step: Step, recorder: GraphRecorder, note: Callable[[str], None],
        clear: Callable[[], None] = lambda: None,
    ) -> None:
        self._step = step
        self._recorder = recorder
        self._note = note
        self._clear = clear
        self._recorded: dict[object, _Recorded] = {}
        self._met: dict[object, int] = {}
        self._possible = True

    def forget(self) -> None:
        """Record all shapes anew."""
        self._recorded.clear()
        self._met.clear()
        self._recorder.begin_anew()

    def __call__(self, inputs: Tensor, targets: Any) -> Tensor:
        if self._possible and not isinstance(targets, Tensor):
            self._leave("the model's targets are not one array")
        if not self._possible:
            return self._step(inputs, targets)
        shapes = (inputs.shape, inputs.dtype, targets.shape)
        if shapes not in self._recorded:
            if not self._is_warm(shapes):
                return self._recorder.warm(partial(self._step, inputs, targets))
            if not self._record(shapes, inputs, targets):
                return self._step(inputs, targets)
        return self._recorded[shapes](inputs, targets)

    def _is_warm(self, shapes: object) -> bool:
        """Whether enough steps, and one of these shapes, were taken before."""
        met = self._met.get(shapes, 0)
        warm = met > 0 and sum(self._met.values()) >= WARM and len(self._recorded) < MOST
        self._met[shapes] = met + 1
        return warm

    def _record(self, shapes: object, inputs: Tensor, targets: Tensor) -> bool:
        held = inputs.clone(), targets.clone()
        try:
            replay, losses = self._recorder.record(partial(self._step, *held))
        except Exception as error:  # whatever it is, the same step can be taken unrecorded
            self._clear()
            self._leave(f"they cannot be recorded: {_first_cause(error)}")
            return False
        self._recorded[shapes] = _Recorded(held, replay, losses)
        return True

    def _leave(self, reason: str) -> None:
        """Record no more."""
        self._possible = False
        self.forget()
        self._note(one_by_one_text(reason))


class _Recorded:
    """A step of one shape."""

    def __init__(
        self, held: tuple[Tensor, Tensor], replay: Callable[[], None], losses: Tensor
    ) -> None:
        self._held = held
        self._replay = replay
        self._losses = losses

    def __call__(self, *batch: Tensor) -> Tensor:
        for mine, given in zip(self._held, batch, strict=True):
            mine.copy_(given, non_blocking=True)
        self._replay()
        return self._losses


class CudaRecorder:
    """Records as CUDA graphs, which share the memory of what they compute on the way."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]  # torch's lack
        self.begin_anew()

    def begin_anew(self) -> None:
        """With memory of its own, as torch does not take up a pool that all have left."""
        self._pool = torch.cuda.graph_pool_handle()

    def warm(self, work: Work) -> Tensor:
        """On the stream of the recordings, so that nothing depends on another one."""
        here = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(here)
        with torch.cuda.stream(self._stream):
            found = work()
        here.wait_stream(self._stream)
        return found

    def record(self, work: Work) -> tuple[Callable[[], None], Tensor]:
        """While another thread may wait, but not work on the device."""
        here = torch.cuda.current_stream(self._device)
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.device(self._device), none_made, torch.cuda.graph(
                graph, pool=self._pool, stream=self._stream, capture_error_mode="thread_local",
            ):
                found = work()
        except BaseException:
            torch.cuda.set_stream(here)  # torch leaves it where a recording breaks off
            _leave_recording(self._device, self._pool)
            raise
        return graph.replay, found


def _leave_recording(device: torch.device, pool: tuple[int, int]) -> None:
    """Take the memory and the generator of ``device`` out of a recording that broke off.

    torch 2.11 leaves them in it (pytorch#180395), and then no memory can be given back, nor
    anything recorded, for as long as the process lives. The generator is seeded before every step,
    so no state is lost.
    """
    index = torch.cuda.current_device() if device.index is None else device.index
    with suppress(Exception):  # it is out of it already, where the end of the recording was reached
        torch._C._cuda_endAllocateToPool(index, pool)
        torch._C._cuda_releasePool(index, pool)
    with suppress(Exception):  # it may never have been in one
        state = torch.Generator(device).graphsafe_get_state()
        torch.cuda.default_generators[index].graphsafe_set_state(state)


def _first_cause(error: BaseException) -> str:
    """What went wrong first, in its words: the end of a recording only says that something did.

    Words, as a name for the error would keep all that the step has made, until Python looks for
    cycles.
    """
    while error.__context__ is not None:
        error = error.__context__
    return " ".join(str(error).split())[:200] or type(error).__name__
