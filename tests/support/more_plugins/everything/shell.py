from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from workbench.extension.engine_task import Reporter, Run
from workbench.extension.shell import Measured, ShellTask


def measure(options: argparse.Namespace, run: Run, report: Reporter) -> Measured:
    from .engine import TASK, error, read_numbers

    split = options.split or "test"
    path = TASK.ensure_predictions(options.project, run, split, report, options.device)
    numbers = read_numbers(options.project)
    with np.load(path) as found:
        truth = [numbers[key] for key in found["files"]]
        figures = {"images": len(truth), "error": error(truth, found["values"])}
    return Measured(split, figures, [], lambda file: file.write_text(f"{figures}", "utf-8"))


def figure_lines(data: Mapping[str, Any]) -> Iterator[str]:
    yield f"{data['run']} on {data['split']}: off by {data['error']:.3f}"


def found_text(item: Mapping[str, Any]) -> str:
    return f"{item['value']:.2f}"


def add(command: argparse.ArgumentParser) -> None:
    command.add_argument("project", type=Path)


def brightest(options: argparse.Namespace) -> int:
    from .engine import read_numbers

    numbers = read_numbers(options.project)
    print(max(numbers, key=numbers.__getitem__))
    return 0


TASK = ShellTask("image", frozenset({".png"}), measure, figure_lines, found_text)
