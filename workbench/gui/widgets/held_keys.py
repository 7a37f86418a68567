"""Telling a key that is held from one that is pressed again."""

from __future__ import annotations

SAME_PRESS_MS = 15
"""A key that goes down so soon after it went up was never let go: no finger is that quick."""


def is_same_press(up_at: int | None, down_at: int, auto_repeat: bool) -> bool:
    """Whether a key that goes down has only repeated itself.

    An X server tells each repetition as up and down with one time stamp. Qt recognises such a pair
    only where it sees both at once (``auto_repeat``); on a busy machine the second may come late,
    so the time stamps (ms) are compared as well. ``up_at`` is None where the key did not go up.
    """
    return auto_repeat or (up_at is not None and 0 <= down_at - up_at <= SAME_PRESS_MS)
