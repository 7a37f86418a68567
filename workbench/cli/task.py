"""The shell's part of the task that a run or a demo belongs to; imported when it is used."""

from __future__ import annotations

from workbench.core.errors import UsageError
from workbench.extension.shell import DemoTask, ShellTask
from workbench.extension.tasks import load, tasks
from workbench.project.runs import RunFolder


def task_of_run(run: RunFolder) -> ShellTask:
    """The task of ``run``.

    Raises
    ------
    UsageError
        If it came from a plugin that is not here any more, or has no shell part.
    """
    task = tasks.get(run.task)
    if not task.shell:
        raise UsageError(f"there is nothing in the shell for “{task.title}”")
    shell: ShellTask = load(task.shell)
    return shell


def demo_task(medium: str) -> DemoTask:
    """The demo on "images" or "sounds"."""
    shells = (load(task.shell) for task in tasks if task.medium == medium and task.shell)
    demo: DemoTask = load(next(shell.demo for shell in shells if shell.demo))
    return demo
