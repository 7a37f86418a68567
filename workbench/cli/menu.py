"""``workbench menu``."""

from __future__ import annotations

import argparse


def add(command: argparse.ArgumentParser) -> None:
    """Give ``menu`` its options."""
    change = command.add_mutually_exclusive_group()
    change.add_argument("--add", action="store_true",
                        help="add Workbench to the applications menu, or have the entry that is "
                        "there start this copy")
    change.add_argument("--remove", action="store_true", help="remove it from there")


def menu(options: argparse.Namespace) -> int:
    """Add or remove the program's entry in the applications menu, or say what there is."""
    from workbench.desktop import menu as entries

    if options.add:
        print(f"Workbench is in the applications menu: {entries.add()}")
    elif options.remove:
        print("Workbench was removed from the applications menu." if entries.remove() else
              "The applications menu has no entry that Workbench has made.")
    else:
        print(_WORDS[entries.state()])
        known = entries.entry()
        if known is not None:
            print(f"It starts the copy in {known.folder}")
    return 0


_WORDS = {
    "none": "The applications menu has no entry that Workbench has made; --add makes one.",
    "this": "Workbench is in the applications menu.",
    "other": "Workbench is in the applications menu, but another copy of it; --add makes it start "
    "this one.",
    "gone": "Workbench is in the applications menu, but the copy that it starts has gone; --add "
    "makes it start this one.",
}
