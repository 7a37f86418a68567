"""``workbench agreement``."""

from __future__ import annotations

import argparse
from pathlib import Path

from workbench.core.errors import UsageError
from workbench.core.paths import is_file, is_folder
from workbench.core.terminal import StatusLine, print_json
from workbench.core.text import count, figure, megabytes, table_lines
from workbench.extension.shell import share


def add(command: argparse.ArgumentParser) -> None:
    """Give ``agreement`` its options."""
    command.add_argument("other", type=Path, metavar="OTHER",
                         help="the other labels: a project, or a folder or file of any format")
    command.add_argument("--format", default=None, metavar="NAME",
                         help="what they are (yolo, coco, …); found out where it is not given")
    command.add_argument("--overlap", type=share, default=0.5, metavar="X",
                         help="overlap from which two objects are one, 0 to 1 (default: 0.5)")


def agreement(options: argparse.Namespace) -> int:
    """Say how far the labels of two people agree."""
    from workbench.project.agreement import compare_labels

    if not is_folder(options.other) and not is_file(options.other):
        raise UsageError(f"there is no folder or file {options.other}")
    line = StatusLine()
    found = compare_labels(
        options.project, options.other, format=options.format, least=options.overlap,
        progress=lambda done, total: line.show(f"Comparing {done}/{total}"),
        unpacking=lambda done, total: line.show(
            f"Unpacking {megabytes(done)} of {megabytes(total)}"))
    line.clear()
    data = found.to_json()
    if options.json:
        print_json(data)
        return 0
    numbers, differs = data["objects"], data["differences"]
    print(f"{count(data['images'], found.noun)} labelled by both, {data['only_own']:,} only here "
          f"and {data['only_other']:,} only there; {data['differing_images']:,} differ")
    print(f"{numbers['own']:,} and {numbers['other']:,} objects, {numbers['both']:,} alike: "
          f"F1 {figure(data['f1'])}  kappa of the classes {figure(data['kappa'])}  "
          f"mean IoU {figure(data['mean_iou'])}")
    print(f"{differs['other_class']:,} of another class, {differs['only_own']:,} only here, "
          f"{differs['only_other']:,} only there")
    if changed := data.get("changed"):
        print(f"Since both had the same: {changed['only_other']:,} changed only there, "
              f"{changed['only_own']:,} only here, {changed['both']:,} on both sides")
    rows = [["class", "here", "there", "alike", "F1"]]
    rows += [[item["name"], *(f"{item[name]:,}" for name in ("own", "other", "both")),
              figure(item["f1"])] for item in data["per_class"]]
    for text in table_lines(rows):
        print(text)
    if people := data["per_person"]:
        for text in table_lines([["labelled there by", f"{found.noun}s", "F1", "kappa"], *(
                [one["name"], f"{one['images']:,}", figure(one["f1"]), figure(one["kappa"])]
                for one in people)]):
            print(text)
    for problem in found.problems:
        print(problem.reason)
    return 0
