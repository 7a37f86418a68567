"""Which stretch of time is shown, and the way between seconds and pixels."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.core.text import tr

SHORTEST_SAMPLES = 24
"""So many samples fill the view at the closest zoom."""


@dataclass(slots=True)
class TimeView:
    """A window on a clip: ``span`` seconds from ``start``, on ``width`` logical pixels."""

    duration: float = 0.0
    sample_rate: int = 8000
    width: int = 1
    start: float = 0.0
    span: float = 1.0

    @property
    def end(self) -> float:
        return self.start + self.span

    @property
    def seconds_per_pixel(self) -> float:
        return self.span / max(1, self.width)

    @property
    def fits(self) -> bool:
        """Whether the whole clip is shown."""
        return self.start <= 0 and self.span >= self.duration

    def set_clip(self, duration: float, sample_rate: int) -> None:
        """Show the whole of another clip."""
        self.duration, self.sample_rate = duration, sample_rate
        self.fit()

    def x(self, seconds: float) -> float:
        """Pixel of a time."""
        return (seconds - self.start) / self.span * self.width

    def seconds(self, x: float) -> float:
        """Time of a pixel."""
        return self.start + x / max(1, self.width) * self.span

    def inside(self, seconds: float) -> float:
        """``seconds``, moved into the clip."""
        return min(max(seconds, 0.0), self.duration)

    def fit(self) -> None:
        """Show the whole clip."""
        self.start, self.span = 0.0, max(self.duration, 1e-3)

    def zoom(self, factor: float, at: float) -> None:
        """Show ``factor`` times as much, with the time ``at`` staying where it is."""
        part = (at - self.start) / self.span
        shortest = min(self.duration, SHORTEST_SAMPLES / self.sample_rate)
        self.span = min(max(self.span * factor, shortest, 1e-6), max(self.duration, 1e-3))
        self.start = at - part * self.span
        self._stay()

    def pan(self, seconds: float) -> None:
        """Show what lies ``seconds`` later."""
        self.start += seconds
        self._stay()

    def show(self, start: float, end: float, margin: float = 0.08) -> None:
        """Show just ``start`` to ``end`` and a little around it."""
        extra = (end - start) * margin
        shortest = min(self.duration, SHORTEST_SAMPLES / self.sample_rate)
        self.span = min(max(end - start + 2 * extra, shortest), max(self.duration, 1e-3))
        self.start = (start + end - self.span) / 2
        self._stay()

    def follow(self, seconds: float) -> bool:
        """Turn the page where ``seconds`` is out of view; whether that was so."""
        if self.start <= seconds <= self.end:
            return False
        self.start = seconds - 0.04 * self.span
        self._stay()
        return True

    def reveal(self, start: float, end: float) -> bool:
        """Bring a stretch into view if it is not; whether something moved."""
        if end > self.start and start < self.end and (
                end - start > self.span or (start >= self.start and end <= self.end)):
            return False
        self.start = (start + end - self.span) / 2
        self._stay()
        return True

    def _stay(self) -> None:
        self.start = min(max(0.0, self.start), max(0.0, self.duration - self.span))


def tick_step(seconds: float, ticks: float) -> float:
    """A round distance (1, 2 or 5 times a power of ten, or whole minutes) between marks."""
    wanted = seconds / max(ticks, 1.0)
    for step in _STEPS:
        if step >= wanted:
            return step
    return _STEPS[-1]


_STEPS = (*(digit * 10.0 ** power for power in range(-5, 1) for digit in (1, 2, 5)),
          10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)


def clock_words(seconds: float, step: float = 0.0) -> str:
    """A time as it is said: ``0.25``, ``1:05``, ``1:02:30``; as exact as ``step`` asks for."""
    decimals = 0
    while step and decimals < 5 and abs(step - round(step, decimals)) > 1e-9:
        decimals += 1
    total = round(max(0.0, seconds), decimals)
    minutes, rest = divmod(total, 60)
    tail = f"{rest:.{decimals}f}"
    if minutes < 1:
        return tail
    tail = tail.zfill(3 + decimals if decimals else 2)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


def duration_words(seconds: float) -> str:
    """A length in a list: "0.43 s", "3.2 s", "2 min 05 s", "3 min", "1 h 02 min"."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = int(seconds // 60) if seconds < 600 else round(seconds / 60)
    if seconds < 600 and int(seconds % 60):
        return tr("{seconds} min {seconds2:02d} s",
                  seconds=int(seconds // 60), seconds2=int(seconds % 60))
    if minutes < 60:
        return tr("{minutes} min", minutes=minutes)
    return tr("{minutes} h {minutes2:02d} min", minutes=minutes // 60, minutes2=minutes % 60)
