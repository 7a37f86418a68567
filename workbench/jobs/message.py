"""What travels between window and engine: frozen dataclasses, each with the word that names it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeGuard, dataclass_transform


@dataclass_transform(frozen_default=True)
class EngineMessage:
    """Every subclass is a frozen dataclass; its ``tag`` names it in a line."""

    tag: ClassVar[str]

    def __init_subclass__(cls, *, tag: str = "") -> None:
        cls.tag = tag
        dataclass(frozen=True)(cls)


class JobMessage(EngineMessage):
    """One about the job with this id."""

    job: str


def is_about(message: object, job: str) -> TypeGuard[JobMessage]:
    """Whether a message is about ``job``; none is about "", which is no job."""
    return bool(job) and isinstance(message, JobMessage) and message.job == job
