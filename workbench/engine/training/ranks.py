"""Several devices that learn together: a process each, whose gradients are added up.

The run's own process is rank 0: it keeps the clock, validates, writes and talks. The others are
started by it, read an order for every step from their standard input, and end with it. Lightning's
and torch's launchers would start the program itself once more, which speaks over stdin here.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from workbench.core.errors import UsageError, WorkbenchError
from workbench.engine.devices import use_all_cores
from workbench.engine.training.checkpoint import Position
from workbench.engine.training.plan import TrainPlan
from workbench.extension.model import HasTrainingStep
from workbench.jobs.runner import exit_reason
from workbench.project.runs import RunFolder

_PATIENCE = timedelta(minutes=5)  # for a step of another rank
_LOOK = 0.0002  # seconds between two looks at a sum that is under way


class RankLost(WorkbenchError):
    """A process that learned together with this one is gone."""


@dataclass(frozen=True, slots=True)
class Order:
    """One step: where it is in the run, and the rates of every optimiser's groups."""

    epoch: int
    batch: int
    batch_size: int
    parts: int
    rates: list[list[float]]
    progress: float

    @property
    def place(self) -> tuple[int, ...]:
        return self.epoch, self.batch, self.batch_size, self.parts

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.batch, 0, self.batch_size, self.parts)


class Group:
    """One of ``size`` devices that learn together; see
    :class:`workbench.engine.training.groups.DeviceGroup`.

    Parameters
    ----------
    meeting
        A file through which the ranks find each other.
    """

    def __init__(self, rank: int, size: int, meeting: Path, device: torch.device) -> None:
        self.rank, self.size = rank, size
        if sys.platform.startswith("linux"):
            os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # all are on this machine
        if device.type == "cuda":
            torch.cuda.set_device(device)
        store = dist.FileStore(str(meeting), size)  # type: ignore[attr-defined]  # it is there
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE,
                                rank=rank, world_size=size, store=store)

    def add_up(self, tensor: Tensor) -> None:
        """Replace ``tensor`` on every device by the sum over all."""
        dist.all_reduce(tensor)

    def share(self, module: nn.Module) -> None:
        """Give every rank the weights of rank 0."""
        for tensor in module.state_dict().values():
            dist.broadcast(tensor, 0)

    def close(self) -> None:
        with contextlib.suppress(RuntimeError):
            dist.destroy_process_group()


class RankZero(Group):
    """Rank 0, with the other ranks as its processes.

    Raises
    ------
    RankLost
        If one of them ends before it is ready, or later.
    """

    def __init__(self, plan: TrainPlan, run: RunFolder, size: int, resumed: bool) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="workbench-ranks-")
        meeting = Path(self._folder.name) / "meeting"
        self._processes: list[subprocess.Popen[bytes]] = []
        self.rank, self.size = 0, size
        share_cores(plan.device, size)
        try:
            for rank in range(1, size):
                self._start({"project": str(plan.project), "run": run.name, "rank": rank,
                             "size": size, "meeting": str(meeting), "resumed": resumed,
                             "device": device_of(plan.device, rank).type,
                             "index": device_of(plan.device, rank).index})
            for process in self._processes:
                self._wait_until_ready(process, len(plan.train))
            super().__init__(0, size, meeting, device_of(plan.device, 0))
        except BaseException:
            self.close()
            raise

    def order(self, order: Order) -> None:
        """Have every other rank take a step."""
        line = json.dumps(asdict(order)).encode() + b"\n"
        for process in self._processes:
            assert process.stdin is not None
            try:
                process.stdin.write(line)
                process.stdin.flush()
            except OSError as error:
                raise self._lost(process) from error

    def add_up(self, tensor: Tensor) -> None:
        work = dist.all_reduce(tensor, async_op=True)
        assert work is not None
        try:
            while not work.is_completed():
                # gloo notices a rank that is gone; NCCL's kernel would wait for it on and on
                if (gone := self._gone()) is not None:
                    _end_waiting()
                    raise self._lost(gone)
                time.sleep(_LOOK)
            work.wait()
        except RuntimeError as error:
            for process in self._processes:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(1.0)
            raise self._lost(self._gone()) from error

    def close(self) -> None:
        """End the other ranks."""
        for process in self._processes:
            if process.stdin is not None:
                with contextlib.suppress(OSError):
                    process.stdin.close()
        for process in self._processes:
            try:
                process.wait(5.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
        if dist.is_initialized():
            super().close()
        self._folder.cleanup()

    def _start(self, task: Mapping[str, Any]) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "workbench.engine.rank"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, start_new_session=os.name == "posix",
        )
        self._processes.append(process)
        assert process.stdin is not None
        process.stdin.write(json.dumps(dict(task)).encode() + b"\n")
        process.stdin.flush()

    def _wait_until_ready(self, process: subprocess.Popen[bytes], samples: int) -> None:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        if words != [b"ready", str(samples).encode()]:
            raise self._lost(process)

    def _gone(self) -> subprocess.Popen[bytes] | None:
        """A process that has ended."""
        return next((item for item in self._processes if item.poll() is not None), None)

    def _lost(self, process: subprocess.Popen[bytes] | None) -> RankLost:
        code = None
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(5.0)
        why = f": {exit_reason(code)}" if code else ""
        return RankLost(f"one of the {self.size} processes that learned together is gone{why}",
                        kept="The run can go on from its last checkpoint.")


def _end_waiting() -> None:
    """End what waits on a GPU for another rank; all that uses the GPU would wait behind it."""
    if dist.get_backend() == "nccl":
        dist.distributed_c10d._abort_process_group()


def device_of(device: torch.device, rank: int) -> torch.device:
    """Where a rank computes: the cards in their order, or the processor with all others."""
    return torch.device("cuda", rank) if device.type == "cuda" else device


def share_cores(device: torch.device, size: int) -> None:
    """On the processor the ranks divide its cores among them."""
    use_all_cores()
    if device.type == "cpu":
        torch.set_num_threads(max(1, torch.get_num_threads() // size))


def check_ranks(plan: TrainPlan, model: Any) -> int:
    """How many devices learn together.

    Raises
    ------
    WorkbenchError
        If there are not so many, or the model or the data cannot be shared among them.
    """
    size = int(plan.settings.get("devices", 1))
    if size == 1:
        return 1
    if plan.device.type == "cuda" and size > torch.cuda.device_count():
        raise UsageError(f"there are not {size} GPUs here, but {torch.cuda.device_count()}")
    if plan.device.index:
        raise UsageError("the first GPU is one of several that learn together: choose cuda")
    if plan.device.type == "cuda" and not dist.is_nccl_available():
        raise UsageError("this torch has no NCCL, by which GPUs learn together; on Windows it "
                         "never has: choose one device")
    if plan.device.type not in ("cuda", "cpu"):
        raise UsageError("several devices learn together only on NVIDIA GPUs")
    if isinstance(model, HasTrainingStep):
        raise UsageError("a model that takes its own training steps learns on one device")
    if size > plan.batch_size:
        raise UsageError(f"a step of {plan.batch_size} cannot be shared among {size} devices")
    return size
