"""A rank of a training on several devices: takes the steps that rank 0 orders, until that ends.

See :mod:`workbench.engine.training.ranks`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import torch

from workbench.engine.training.checkpoint import load_checkpoint
from workbench.engine.training.groups import GroupStep, groups
from workbench.engine.training.numbers import written
from workbench.engine.training.parts import TrainingParts, build_bare, build_parts
from workbench.engine.training.plan import TrainPlan
from workbench.engine.training.ranks import Group, Order, share_cores
from workbench.engine.training.snapshot import put_back
from workbench.engine.training.train import plan_of
from workbench.extension.pipeline import Batch
from workbench.formats.scratch import scratch_folder
from workbench.project.runs import RunFolder


def main() -> int:
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints must not look like an answer
    task = json.loads(sys.stdin.buffer.readline())
    with scratch_folder("workbench-rank-") as cache:
        serve(task, sys.stdin.buffer, answers, cache)
    return 0


def serve(task: dict[str, Any], orders: IO[bytes], answers: IO[bytes], cache: Path) -> None:
    """Learn along until there are no more orders."""
    run = RunFolder.find(Path(task["project"]), task["run"])
    device = torch.device(task["device"], task["index"])
    plan = replace(plan_of(run, lambda text, done, total: None), device=device)
    share_cores(device, task["size"])
    model = build_bare(plan)
    model.module.to(device)
    answers.write(f"ready {len(plan.train)}\n".encode())
    group = Group(task["rank"], task["size"], Path(task["meeting"]), device)
    group.share(model.module)
    parts = _built_around(plan, model, cache)
    try:
        if task["resumed"]:
            put_back(parts, load_checkpoint(run.checkpoint_path, device)[1])
        parts.learner.train()
        follow(parts, group, orders)
        group.close()
    finally:
        parts.close()


def _built_around(plan: TrainPlan, model: Any, cache: Path) -> TrainingParts:
    """The parts of a rank whose model has the weights of rank 0, and keeps them."""
    weights = {name: tensor.clone() for name, tensor in model.module.state_dict().items()}
    parts = build_parts(plan, model, cache)  # it may fit some weights, as rank 0 did
    model.module.load_state_dict(weights)
    parts.average = None  # rank 0 has one
    return parts


def follow(parts: TrainingParts, group: Group, orders: IO[bytes]) -> None:
    """Take the steps that are ordered."""
    stepping = GroupStep(parts, group)
    steps: Generator[list[Batch]] | None = None
    due: tuple[int, ...] = ()
    reached = [0.0]  # how far the run is, as of the last order
    for line in orders:
        order = Order(**json.loads(line))
        reached[0] = order.progress
        if steps is None or order.place != due:
            if steps is not None:
                steps.close()
            steps = groups(parts.loader, order.position, lambda step: reached[0], group)
        for optimizer, rates in zip(parts.optimizers, order.rates, strict=True):
            for one, rate in zip(optimizer.param_groups, rates, strict=True):
                one["lr"] = written(one["lr"], rate)
        stepping.take(next(steps, []), [], order.epoch)
        due = replace(order, batch=order.batch + 1).place


if __name__ == "__main__":
    sys.exit(main())
