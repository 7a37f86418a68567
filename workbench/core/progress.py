"""How long work tells how far it is, and asks whether to go on."""

from __future__ import annotations

from collections.abc import Callable

ProgressCallback = Callable[[int, int], None]
"""Called with how much is done, and of how much; may raise to end the work."""
StageCallback = Callable[[str, int, int], None]
"""The same with the words for what is being done first; 0 of 0 where nobody knows how much."""
Check = Callable[[], None]
"""Called again and again; may raise to end the work."""
