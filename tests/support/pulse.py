"""A microphone for tests: a PulseAudio server of the test's own.

The server, its sockets and its settings live in a folder of the test; without PulseAudio on the
machine the test is skipped, visibly.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

START_SECONDS = 30.0


@contextmanager
def virtual_microphone(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Environment of a server with one virtual microphone; what is played to the sink ``vmic`` is
    what it hears. The test is skipped where there can be none."""
    missing = [tool for tool in ("pulseaudio", "pactl", "paplay") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"PulseAudio is not installed here ({', '.join(missing)} missing)")
    home = tmp_path / "pulse"
    runtime = home / "run"
    runtime.mkdir(parents=True, mode=0o700)
    socket = runtime / "native"
    env = {**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime),
           "XDG_CONFIG_HOME": str(home / "config"), "PULSE_SERVER": f"unix:{socket}"}
    for name in ("DBUS_SESSION_BUS_ADDRESS", "PULSE_SINK", "PULSE_SOURCE"):
        env.pop(name, None)
    server = subprocess.Popen(
        ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--system=false",
         "--use-pid-file=no", "--disable-shm=yes",
         "-L", f"module-native-protocol-unix auth-anonymous=1 socket={socket}",
         "-L", "module-null-sink sink_name=vmic rate=48000",
         "-L", "module-remap-source master=vmic.monitor source_name=mic"],
        env={**env, "PULSE_SERVER": ""}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True)
    try:
        if not _answers(env, server):
            server.kill()
            reason = (server.communicate()[1] or "").strip().splitlines()[-1:]
            pytest.skip(f"PulseAudio does not start here: {' '.join(reason)}")
        subprocess.run(["pactl", "set-default-source", "mic"], env=env, check=True, timeout=30)
        yield env
    finally:
        server.kill()
        server.communicate()


def _answers(env: dict[str, str], server: subprocess.Popen[str]) -> bool:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        done = subprocess.run(["pactl", "list", "short", "sources"], env=env, check=False,
                              capture_output=True, text=True, timeout=30)
        if done.returncode == 0 and "mic" in done.stdout:
            return True
    return False
