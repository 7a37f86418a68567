"""A server of weights on this machine that behaves as badly as a test wants."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from workbench.extension.recipe import Weights


@dataclass
class Shelf:
    """Files by name, and how they are given.

    Parameters
    ----------
    address
        Where they are, with a slash at the end.
    ranges
        Whether the server can begin within a file.
    cut
        Bytes after which the next answers end, one each; the rest are whole.
    asked
        The first byte of every answer that was asked for.
    """

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    cut: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)

    def put(self, name: str, data: bytes, **options: Any) -> Weights:
        """Serve ``data`` and describe it as a recipe does."""
        self.files[name] = data
        sha256 = hashlib.sha256(data).hexdigest()[:8]
        return Weights(name, self.address + name, sha256, len(data), "Tiny", **options)


@contextmanager
def weight_server() -> Iterator[Shelf]:
    shelf = Shelf()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = shelf.files.get(self.path[1:])
            if data is None:
                self.send_error(404)
                return
            wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            first = int(wanted[1]) if wanted else 0
            shelf.asked.append(first)
            if not shelf.ranges:
                first = 0
            if first >= len(data):
                self.send_error(416)
                return
            self.send_response(206 if first else 200)
            self.send_header("Content-Length", str(len(data) - first))
            self.end_headers()
            end = first + shelf.cut.pop(0) if shelf.cut else len(data)
            with suppress(ConnectionError):  # a test that cancels does not wait for the rest
                self.wfile.write(data[first:end])

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shelf.address = f"http://127.0.0.1:{server.server_port}/"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield shelf
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
