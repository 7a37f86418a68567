"""The ``workbench`` command: the same jobs as in the window, from a shell.

Only argparse is imported here; each subcommand imports what it needs when it runs. With ``--json``
nothing but JSON goes to stdout; what a person should know besides goes to stderr. The exit code is
0, 1 for a failure told in one line, 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from io import TextIOWrapper
from pathlib import Path

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import exists
from workbench.core.terminal import clean_stdout, lasting_output
from workbench.extension.plugins import load_plugins
from workbench.extension.registry import load
from workbench.extension.shell import share, shell_commands
from workbench.extension.tasks import register_bundled
from workbench.formats.atomic import disk_reason

_HANDLERS = {
    "import": "workbench.cli.data:import_data",
    "doctor": "workbench.cli.data:doctor",
    "train": "workbench.cli.train:train",
    "evaluate": "workbench.cli.results:evaluate",
    "predict": "workbench.cli.predict:predict",
    "export": "workbench.cli.export:export",
    "export-labels": "workbench.cli.data:export_labels",
    "recipes": "workbench.cli.results:recipes",
    "runs": "workbench.cli.results:runs",
    "stats": "workbench.cli.stats:stats",
    "agreement": "workbench.cli.agreement:agreement",
    "duplicates": "workbench.cli.duplicates:duplicates",
    "demo": "workbench.cli.demo:demo",
    "open": "workbench.cli:open_window",
}
_LONG = frozenset({"train", "demo"})  # what goes on when nobody reads any more


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    register_bundled()
    if not arguments or (not _is_command(arguments[0]) and _is_path(arguments[0])):
        arguments = ["open", *arguments]
    _print_any_name()
    options = parser().parse_args(arguments)
    try:
        handler = load(_HANDLERS.get(options.command) or shell_commands.get(options.command).run)
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
    except BrokenPipeError:
        # The reader (head, less) has seen enough; keep Python's own flush at the end quiet too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except OSError as error:
        # What nobody foresaw of a disk is told in one line, too.
        where = f"{error.filename}: " if error.filename else ""
        print(f"workbench {options.command}: {where}{disk_reason(error, 'read')}.",
              file=sys.stderr)
        return 1


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
    # Looked up by name: the shell and the window are wired together nowhere else.
    window = importlib.import_module("workbench.app")
    return int(window.main(["workbench", *paths]))


def _is_command(text: str) -> bool:
    """Whether it is one; plugins are loaded only for what the program itself does not know."""
    if text in _HANDLERS or text in shell_commands or text.startswith("-"):
        return True
    load_plugins()
    return text in shell_commands


def _is_path(text: str) -> bool:
    return not text.startswith("-") and exists(text)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    whole = argparse.ArgumentParser(
        prog="workbench",
        description="Label images and sounds, train a model on them and see what it got wrong. "
        "Without a command, the window opens.",
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_open(commands)
    _add_import(commands)
    _add_train(commands)
    _add_evaluate(commands)
    _add_predict(commands)
    _add_export(commands)
    _add_export_labels(commands)
    for item in shell_commands:
        load(item.add)(_add(commands, item.id, item.words))
    _add_lists(commands)
    _add_stats(commands)
    _add_agreement(commands)
    demo = _add(commands, "demo", "label, train, evaluate and report, all on its own")
    demo.add_argument("--out", type=Path, required=True, metavar="DIR",
                      help="folder for the results")
    demo.add_argument("--minutes", type=float, default=2.0, help="time to train (default: 2)")
    demo.add_argument("--sounds", action="store_true", help="with sounds instead of images")
    return whole


_Commands = argparse._SubParsersAction  # argparse has no public name for it


def _add(commands: _Commands[argparse.ArgumentParser], name: str, words: str) -> (
    argparse.ArgumentParser
):
    return commands.add_parser(name, help=words, description=words[:1].upper() + words[1:] + ".")


def _json(command: argparse.ArgumentParser, words: str = "print JSON only") -> None:
    command.add_argument("--json", action="store_true", help=words)


def _project(command: argparse.ArgumentParser) -> None:
    command.add_argument("project", type=Path, metavar="PROJECT", help="the project's folder")


def _device(command: argparse.ArgumentParser) -> None:
    command.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")


def _thresholds(command: argparse.ArgumentParser) -> None:
    command.add_argument("--score-thresh", type=share, default=0.25, metavar="X",
                         help="least score of a detection, 0 to 1 (default: 0.25)")
    command.add_argument("--nms-thresh", type=share, default=0.5, metavar="X",
                         help="largest overlap of two detections, 0 to 1 (default: 0.5)")


def _add_open(commands: _Commands[argparse.ArgumentParser]) -> None:
    command = _add(commands, "open", "open the window")
    command.add_argument("project", nargs="*", metavar="PROJECT", help="a folder or an image")
    command.add_argument("--sample", action="store_true",
                         help="the sample project, which is made where it is not there yet")


def _add_import(commands: _Commands[argparse.ArgumentParser]) -> None:
    command = _add(commands, "import", "make a project from a data set")
    command.add_argument("source", type=Path, metavar="SRC",
                         help="the data set's folder, or one file of labels")
    command.add_argument("--project", type=Path, required=True, metavar="DIR",
                         help="the new project's folder")
    command.add_argument("--format", default=None, metavar="NAME",
                         help="what it is (voc, yolo, coco, sounds, …); found out where it is not "
                         "given")
    command.add_argument("--labels", default="auto", metavar="FROM",
                         help="where labels of sounds come from: auto, tables, folders, names, "
                         "none or a CSV file of SRC")
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
    _json(command)


def _add_train(commands: _Commands[argparse.ArgumentParser]) -> None:
    command = _add(commands, "train", "train a model")
    _project(command)
    command.add_argument("--recipe", default=None, metavar="ID",
                         help="see “workbench recipes”, or NAME of networks/NAME.toml in the "
                         "project; chosen where it is not given")
    length = command.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=int, metavar="N", help="passes over all images")
    length.add_argument("--minutes", type=float, metavar="M",
                        help="longest time, from start to final scores")
    length.add_argument("--until-best", action="store_true",
                        help="go on until the score on validation data stops rising")
    _device(command)
    command.add_argument("--set", action="append", default=[], dest="settings",
                         metavar="KEY=VALUE", help="a setting of the recipe; may be repeated")
    command.add_argument("--seed", type=int, default=None, metavar="N", help="default: 0")
    command.add_argument("--split", default=None, metavar="NAME", help="default: default")
    command.add_argument("--start-from", default=None, metavar="FROM",
                         help="auto, none, pretrained (fetched if need be), a run or a file")
    command.add_argument("--resume", default=None, metavar="RUN", help="go on with a run")
    command.add_argument("--check", action="store_true",
                         help="only say what would happen, as the window does")
    _json(command, "print one event a line")


def _add_evaluate(commands: _Commands[argparse.ArgumentParser]) -> None:
    command = _add(commands, "evaluate", "measure how good a run is")
    _project(command)
    command.add_argument("--run", default="", metavar="RUN", help="default: the newest")
    command.add_argument("--split", default=None, metavar="NAME",
                         help="train, val or test (default: test, where there is one)")
    _thresholds(command)
    command.add_argument("--match-iou", type=share, default=0.5, metavar="X",
                         help="least overlap with the truth, 0 to 1 (default: 0.5)")
    command.add_argument("--report", type=Path, metavar="FILE",
                         help="also write a report with pictures, as one HTML file")
    _device(command)
    _json(command)


def _add_predict(commands: _Commands[argparse.ArgumentParser]) -> None:
    command = _add(commands, "predict", "find things in images, or tell sounds apart")
    _project(command)
    from workbench.cli.predict import add

    add(command)
    _thresholds(command)
    _device(command)
    _json(command)


def _add_export(commands: _Commands[argparse.ArgumentParser]) -> None:
    from workbench.cli.export import add

    command = _add(commands, "export", "write a model as a file for other programs")
    _project(command)
    add(command)
    _thresholds(command)
    _json(command)


def _add_export_labels(commands: _Commands[argparse.ArgumentParser]) -> None:
    from workbench.cli.data import add_export_labels

    command = _add(commands, "export-labels", "write labels in another format")
    _project(command)
    add_export_labels(command)
    _json(command)


def _add_stats(commands: _Commands[argparse.ArgumentParser]) -> None:
    from workbench.cli.stats import add

    command = _add(commands, "stats", "say what the labels are like: classes, sizes, places")
    _project(command)
    add(command)
    _json(command)


def _add_agreement(commands: _Commands[argparse.ArgumentParser]) -> None:
    from workbench.cli.agreement import add

    command = _add(commands, "agreement", "compare the labels of two people")
    _project(command)
    add(command)
    _json(command)


def _add_lists(commands: _Commands[argparse.ArgumentParser]) -> None:
    _json(_add(commands, "recipes", "list the ways to train a model"))
    for name, words in (("runs", "list the runs of a project"),
                        ("duplicates", "list images that look nearly the same"),
                        ("doctor", "look for files that are broken or doubtful")):
        command = _add(commands, name, words)
        _project(command)
        _json(command)


if __name__ == "__main__":
    sys.exit(main())
