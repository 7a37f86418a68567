"""No text comes on the screen past the translation: what the window's sources say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

WORKBENCH = Path(__file__).parents[2] / "workbench"
SHOWS_TEXT = (  # Qt's own, then those of the house
    "setText", "setToolTip", "setWindowTitle", "setPlaceholderText", "setAccessibleName",
    "setAccessibleDescription", "setStatusTip", "setTitle", "setInformativeText", "setItemText",
    "addAction", "addItem", "addMenu", "addRow", "addTab", "drawText", "QLabel", "QPushButton",
    "QCheckBox", "QAction", "getOpenFileName", "getSaveFileName", "getExistingDirectory",
    "Card", "Chip", "EmptyState", "IconButton", "LabeledSlider", "LinkButton", "PlaceNotice",
    "PrimaryButton", "QuietButton", "label", "refuse", "say", "set_right", "set_text",
    "show_message",
)
"""Calls whose texts are shown as they are. Those that translate what they are given (Action,
Column, Place, LabellingTool, …) take plain texts."""
TEXT = re.compile(r"\b[A-Z][a-z]+|[a-z]{2,} [a-z(]")
WORD = re.compile(r"(?:^|[\s(])[A-Za-z]{2,}(?=\s)|\s[A-Za-z]{2,}(?=[).,:]|$)")
"""In a formatted string, where a translation would have to be found for every value."""
PASSED = re.compile(r'""".*?"""|\b(?:tr|count)\((?:\s*"[^"]*")+|\{[^{}]*\}', re.DOTALL)
SUSPECT = re.compile(rf'\bf"(?:[^"]*\s)?[A-Za-z]{{2,}}[\s"]|'
                     rf'\b(?:{"|".join(SHOWS_TEXT)})\([^=]{{,200}}?"[^"]*(?:{TEXT.pattern})')
"""What may be one of both, where nothing is taken away any more that is translated."""
UNITS = re.compile(r"\b(px|kB|MB|GB|min|kHz|Hz|ms|dB)\b")
NO_TEXTS = (
    "screenshots.py",  # a tool of the shell
    "stylesheet.py", "theme.py", "chart.py",  # Qt's style sheets
)
NOT_SHOWN = {
    "{} passes",  # the stored value of a setting
    "{} crops*", "{} crops{}",  # names of folders
    "{} now",  # the key of a curve
    "nudge {}",  # tells which steps of undo are one
    "line {}", "{} is ",  # looked for in a sentence
    "new {}", "{} is", "{} are",  # of each kind of sample, as a whole by `count`
    "{} gives no widget",  # a plugin's mistake
    "there are two actions “{}”", "“{}” of {} is no key",
}


def sources() -> Iterator[tuple[Path, str]]:
    """Those in which something may be found; parsing all takes a second."""
    for folder in (WORKBENCH / "gui", *WORKBENCH.glob("tasks/*/window")):
        for path in folder.rglob("*.py"):
            source = path.read_text("utf-8")
            if path.name not in NO_TEXTS and SUSPECT.search(PASSED.sub("", source)):
                yield path, source


def written_out(node: ast.AST) -> Iterator[str]:
    """Texts of an argument; what a call returns is looked at where that is made."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, (ast.BinOp, ast.BoolOp)):
        for part in ast.iter_child_nodes(node):
            yield from written_out(part)
    elif isinstance(node, ast.IfExp):
        yield from (*written_out(node.body), *written_out(node.orelse))


def untranslated(node: ast.AST) -> str:
    """The text of a call or a formatted string that no translation can find, or ""."""
    if isinstance(node, ast.JoinedStr):
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}"
                       for part in node.values)
        found = WORD.search(UNITS.sub("", text)) and text not in NOT_SHOWN and "<" not in text
        return text if found else ""
    assert isinstance(node, ast.Call)
    if getattr(node.func, "attr", getattr(node.func, "id", "")) not in SHOWS_TEXT:
        return ""
    texts = [text for part in node.args for text in written_out(part)]
    return next((text for text in texts if TEXT.search(text) and "<" not in text), "")


def test_every_text_of_the_window_can_be_translated() -> None:
    found = [f"{path.relative_to(WORKBENCH)}:{node.lineno}: {text}"
             for path, source in sources() for node in ast.walk(ast.parse(source))
             if isinstance(node, (ast.Call, ast.JoinedStr)) and (text := untranslated(node))]
    assert found == []
