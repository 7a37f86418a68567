"""How messages travel between window and engine: one JSON object a line, both ways.

The window sends commands (``{"do": …}``), the engine answers with events (``{"event": …}``).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, get_args

from workbench.core.plain import InvalidData, fitted, json_text, parse_json
from workbench.jobs.commands import Command
from workbench.jobs.events import Event


class ProtocolError(ValueError):
    """A line that is not a message."""


_COMMANDS: dict[str, type[Any]] = {kind.tag: kind for kind in get_args(Command)}
_EVENTS: dict[str, type[Any]] = {kind.tag: kind for kind in get_args(Event)}


def encode(message: Command | Event) -> str:
    """Return ``message`` as one line of JSON, without the line break; NaN becomes null."""
    key = "do" if _COMMANDS.get(message.tag) is type(message) else "event"
    text = json_text({key: message.tag, **asdict(message)})
    # of a file name that is no UTF-8, what no line can hold is written as JSON's own escapes
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def decode_command(line: str) -> Command:
    """Read one line from the window.

    Raises
    ------
    ProtocolError
        If it is not a known command.
    """
    command: Command = _decode(line, "do", _COMMANDS)
    return command


def decode_event(line: str) -> Event:
    """Read one line from the engine.

    Raises
    ------
    ProtocolError
        If it is not a known event.
    """
    event: Event = _decode(line, "event", _EVENTS)
    return event


def _decode(line: str, tag: str, kinds: dict[str, type[Any]]) -> Any:
    try:
        data = parse_json(line)
        name = data.get(tag) if isinstance(data, dict) else None
        if not isinstance(name, str) or name not in kinds:
            raise InvalidData("it is of no known kind")
        return fitted(data, kinds[name], name)
    except ValueError as error:
        raise ProtocolError(f"not a message: {line[:200]} ({error})") from error
