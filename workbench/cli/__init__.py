"""The ``workbench`` command: the same jobs as in the window, from a shell.

Only argparse is imported here; each subcommand imports what it needs when it runs. With ``--json``
nothing but JSON goes to stdout; what a person should know besides goes to stderr. The exit code is
0, 1 for a failure told in one line, 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import errno
import gc
import importlib
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from workbench.cli.output import SCORE_THRESH
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import exists
from workbench.core.terminal import clean_stdout, lasting_output
from workbench.extension.plugins import fault_text, load_plugins
from workbench.extension.registry import load
from workbench.extension.shell import share, shell_commands
from workbench.extension.tasks import register_bundled
from workbench.formats.atomic import disk_reason

_NOBODY_READS = frozenset({errno.EPIPE} | ({errno.EINVAL} if os.name == "nt" else set()))
"""What a system says where a pipe has no reader any more."""
_NOTHING = re.compile(r"--[\w-]+=")
_LONG = frozenset({"train", "demo"})  # what goes on when nobody reads any more


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    register_bundled()
    if not arguments or _is_path(arguments[0]):
        arguments = ["open", *arguments]
    _print_any_name()
    if any(text == "" or _NOTHING.fullmatch(text) for text in arguments):
        print("workbench: an argument is empty, as from a variable that is not set. The current "
              "folder is “.”.", file=sys.stderr)
        return 2
    if arguments[0] != "open" and not _load_plugins():  # the window loads them later
        return 130
    options = parser(arguments[0]).parse_args(arguments)
    try:
        known = _COMMANDS.get(options.command) or shell_commands.get(options.command)
        handler = load(known.run)
        with (clean_stdout() if getattr(options, "json", False) else nullcontext(),
              lasting_output() if options.command in _LONG else nullcontext()):
            code = int(handler(options))
        sys.stdout.flush()
        return code
    except UsageError as error:
        print(f"workbench {options.command}: {error}", file=sys.stderr)
        return 2
    except WorkbenchError as error:
        print(f"workbench {options.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except ImportError as error:
        print(f"workbench {options.command}: {fault_text(error)}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno in _NOBODY_READS and error.filename is None:
            # It (head, less) has seen enough; keep Python's own flush at the end quiet too.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return 0
        # What nobody foresaw of a disk is told in one line, too.
        where = f"{error.filename}: " if error.filename else ""
        print(f"workbench {options.command}: {where}{disk_reason(error, 'read')}.", file=sys.stderr)
        return 1


def _load_plugins() -> bool:
    """Register what plugins add; one that cannot be loaded is told and left out. False where it
    was interrupted."""
    try:
        for problem in load_plugins():
            print(f"workbench: {problem.path}: {problem.reason}", file=sys.stderr)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return False
    return True


def _print_any_name() -> None:
    """A file name with characters that the terminal does not have is printed with escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def open_window(options: argparse.Namespace) -> int:
    """Open the window, on a project where one is named."""
    paths = [str(path) for path in options.project]
    if options.sample:
        paths.append("--sample")
    # Nothing that is imported is garbage: to look for it took 4 % of the start. The window's own
    # collector takes over with its first line.
    gc.disable()
    try:
        # Looked up by name: the shell and the window are wired together nowhere else.
        window = importlib.import_module("workbench.app")
        return int(window.main(["workbench", *paths]))
    finally:
        gc.enable()


def _is_path(text: str) -> bool:
    """Whether it is no command of the program's own, but a file or folder."""
    return not (text in _COMMANDS or text in shell_commands or text.startswith("-")) \
        and exists(text)


def parser(only: str = "") -> argparse.ArgumentParser:
    """The command line: all commands, with the options of ``only``, or of all for "".

    What gives a command its options is imported with it; ``workbench FOLDER`` does not wait for
    that of others.
    """
    whole = argparse.ArgumentParser(
        prog="workbench",
        description="Label images and sounds, train a model on them and see what it got wrong. "
        "Without a command, the window opens.",
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, item in _COMMANDS.items():
        command = _add(commands, name, item.words)
        for options in item.options if only in ("", name) else ():
            (load(options) if isinstance(options, str) else options)(command)
    for other in shell_commands:
        command = _add(commands, other.id, other.words)
        if only in ("", other.id):
            load(other.add)(command)
    return whole


_Commands = argparse._SubParsersAction  # argparse has no public name for it


def _add(commands: _Commands[argparse.ArgumentParser], name: str, words: str) -> (
    argparse.ArgumentParser
):
    return commands.add_parser(name, help=words, description=words[:1].upper() + words[1:] + ".")


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON only")


def _json_lines(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print one event a line")


def _project(command: argparse.ArgumentParser) -> None:
    command.add_argument("project", type=Path, metavar="PROJECT", help="the project's folder")


def _run(command: argparse.ArgumentParser) -> None:
    command.add_argument("--run", default="", metavar="RUN", help="default: the newest")


def _device(command: argparse.ArgumentParser) -> None:
    command.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")


def _thresholds(command: argparse.ArgumentParser) -> None:
    command.add_argument("--score-thresh", type=share, default=SCORE_THRESH, metavar="X",
                         help="least score of what is found, 0 to 1 (default: "
                         "that of the model, as found in Results; else what is usual of such "
                         f"models, as {SCORE_THRESH})")
    command.add_argument("--nms-thresh", type=share, default=0.5, metavar="X",
                         help="largest overlap of two detections, 0 to 1 (default: 0.5)")


def _open(command: argparse.ArgumentParser) -> None:
    command.add_argument("project", nargs="*", metavar="PROJECT", help="a folder or an image")
    command.add_argument("--sample", action="store_true",
                         help="the sample project, which is made where it is not there yet")


def _import(command: argparse.ArgumentParser) -> None:
    command.add_argument("source", type=Path, metavar="SRC",
                         help="the data set's folder, or one file of labels")
    command.add_argument("--project", type=Path, default=None, metavar="DIR",
                         help="the new project's folder")
    command.add_argument("--in-place", action="store_true",
                         help="make a project of SRC itself, whose labels stay in their format "
                         "(yolo, coco)")
    command.add_argument("--format", default=None, metavar="NAME",
                         help="what it is (voc, yolo, coco, sounds, …); found out where it is not "
                         "given")
    command.add_argument("--labels", default="auto", metavar="FROM",
                         help="where labels of sounds come from: auto, tables, folders, names, "
                         "none or a CSV file of SRC; of images and sounds in folders in folders "
                         "also folders:1 for the outermost, folders:2, …")
    command.add_argument("--split", default="auto", metavar="FROM",
                         help="where the split of images comes from: auto, lists (ImageSets/Main), "
                         "folders or random")
    command.add_argument("--images", default="copy", metavar="HOW",
                         help="copy, or link: images stay where they are")
    command.add_argument("--rename", action="append", default=[], metavar="OLD=NEW",
                         help="another name of a class, of labels that are converted; OLD= leaves "
                         "it out; may be repeated")
    command.add_argument("--check", action="store_true",
                         help="only say what would be taken, and where labels and split come from")
    command.add_argument("--follow", action="store_true",
                         help="take also what lies outside SRC, by links or by its workbench.toml")


def _train(command: argparse.ArgumentParser) -> None:
    command.add_argument("--recipe", default=None, metavar="ID",
                         help="see “workbench recipes”, or NAME of networks/NAME.toml in the "
                         "project; chosen where it is not given")
    length = command.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=int, metavar="N", help="passes over all images")
    length.add_argument("--minutes", type=float, metavar="M",
                        help="longest time, from start to final scores")
    length.add_argument("--until-best", action="store_true",
                        help="go on until the score on validation data stops rising")
    command.add_argument("--set", action="append", default=[], dest="settings",
                         metavar="KEY=VALUE", help="a setting of the recipe; may be repeated")
    command.add_argument("--seed", type=int, default=None, metavar="N", help="default: 0")
    command.add_argument("--split", default=None, metavar="NAME", help="default: default")
    command.add_argument("--start-from", default=None, metavar="FROM",
                         help="auto, none, pretrained (fetched if need be), a run (last: the "
                         "newest of the same task) or a file")
    command.add_argument("--teacher", default=None, metavar="RUN",
                         help="also learn from what this run's model is sure of on samples without "
                         "labels (last: the newest run); kept only if it is better than that one")
    command.add_argument("--resume", default=None, metavar="RUN", help="go on with a run")
    command.add_argument("--check", action="store_true",
                         help="only say what would happen, as the window does")


def _evaluate(command: argparse.ArgumentParser) -> None:
    command.add_argument("--split", default=None, metavar="NAME",
                         help="train, val or test (default: test, where there is one)")
    command.add_argument("--match-iou", type=share, default=0.5, metavar="X",
                         help="least overlap with the truth, 0 to 1 (default: 0.5)")
    command.add_argument("--report", type=Path, metavar="FILE",
                         help="also write a report with pictures, as one HTML file")


def _demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", type=Path, required=True, metavar="DIR",
                         help="folder for the results")
    command.add_argument("--minutes", type=float, default=2.0, help="time to train (default: 2)")
    command.add_argument("--sounds", action="store_true", help="with sounds instead of images")


_Options = str | Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True, slots=True)
class _Command:
    """What a command does in words, by which function, and what gives it its options."""

    words: str
    run: str
    options: tuple[_Options, ...] = (_project, _json)


_COMMANDS = {
    "open": _Command("open the window", "workbench.cli:open_window", (_open,)),
    "import": _Command("make a project from a data set", "workbench.cli.data:import_data",
                       (_import, _json)),
    "train": _Command("train a model", "workbench.cli.train:train",
                      (_project, _train, _device, _json_lines)),
    "evaluate": _Command("measure how good a run is", "workbench.cli.results:evaluate",
                         (_project, _run, _evaluate, "workbench.cli.by_group:add", _thresholds,
                          _device, _json)),
    "predict": _Command("find things in images, or tell sounds apart",
                        "workbench.cli.predict:predict",
                        (_project, "workbench.cli.predict:add", _run, _thresholds, _device, _json)),
    "export": _Command("write a model as a file for other programs", "workbench.cli.export:export",
                       (_project, _run, "workbench.cli.export:add", _thresholds, _json)),
    "explain": _Command("show what a model sees of an image or sound",
                        "workbench.cli.explain:explain",
                        (_project, "workbench.cli.explain:add", _run, _json)),
    "export-labels": _Command("write labels in another format", "workbench.cli.data:export_labels",
                              (_project, "workbench.cli.data:add_export_labels", _json)),
    "recipes": _Command("list the ways to train a model", "workbench.cli.results:recipes",
                        (_json,)),
    "rounds": _Command("say whether each training was better than the one before",
                       "workbench.cli.rounds:rounds", (_project, _device, _json)),
    "runs": _Command("list the runs of a project", "workbench.cli.results:runs"),
    "duplicates": _Command("list images that look nearly the same",
                           "workbench.cli.duplicates:duplicates"),
    "map": _Command("say what is unusual, what looks alike, and which labels are doubtful",
                    "workbench.cli.sample_map:sample_map",
                    (_project, "workbench.cli.sample_map:add", _json)),
    "doctor": _Command("look for files that are broken or doubtful", "workbench.cli.data:doctor",
                       (_project, "workbench.cli.data:add_doctor", _json)),
    "split": _Command("say how samples are split, or split them by camera, night or name",
                      "workbench.cli.split:split", (_project, "workbench.cli.split:add", _json)),
    "stats": _Command("say what the labels are like: classes, sizes, places",
                      "workbench.cli.stats:stats", (_project, "workbench.cli.stats:add", _json)),
    "measure": _Command("measure the labelled objects: area, length, form, brightness",
                        "workbench.cli.measure:measure",
                        (_project, "workbench.cli.measure:add", _json)),
    "agreement": _Command("compare the labels of two people", "workbench.cli.agreement:agreement",
                          (_project, "workbench.cli.agreement:add", _json)),
    "tracks": _Command("list, read or write the tracks of a video", "workbench.cli.tracks:tracks",
                       ("workbench.cli.tracks:add", _json)),
    "events": _Command("list, read or write what happens in a video, and when",
                       "workbench.cli.events:events", ("workbench.cli.events:add", _json)),
    "pages": _Command("make images of the pages of stacks (TIFF of microscopes)",
                      "workbench.cli.pages:pages", ("workbench.cli.pages:add", _json)),
    "pack": _Command("hand a project over as one ZIP file", "workbench.cli.handover:pack",
                     (_project, "workbench.cli.handover:add_pack", _json)),
    "unpack": _Command("make a project of a ZIP file that was handed over",
                       "workbench.cli.handover:unpack", ("workbench.cli.handover:add_unpack",)),
    "bring-models": _Command("add models that another copy of the project has trained",
                             "workbench.cli.handover:models",
                             (_project, "workbench.cli.handover:add_models", _json)),
    "menu": _Command("say whether the applications menu has Workbench, add or remove it",
                     "workbench.cli.menu:menu", ("workbench.cli.menu:add",)),
    "demo": _Command("label, train, evaluate and report, all on its own", "workbench.cli.demo:demo",
                     (_demo,)),
}


if __name__ == "__main__":
    sys.exit(main())
