"""Documents are read in a process of their own, so that none can hang, crash or fill the batch.

A limit on seconds that is checked between pages would not stop an endless loop inside a PDF library, so the parent
ends the process at the limit and starts another for the next document. The process is a plain `python -m` child:
that works alike on every platform and needs no `__main__` guard in the caller's script.

Protocol, both ways: one line of JSON whose `size` counts the bytes that follow it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from pathstage.ingest.document import PageText
from pathstage.ingest.formats import Format
from pathstage.ingest.options import ReadError, ReadOptions

_PACKAGE_PARENT = str(Path(__file__).resolve().parents[2])


def send(stream: IO[bytes], header: dict[str, Any], data: bytes = b"") -> None:
    """Writes one message."""
    stream.write(json.dumps({**header, "size": len(data)}).encode() + b"\n" + data)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """Reads one message. Raises EOFError when the other side has gone."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    header = json.loads(line)
    data = stream.read(header["size"])
    if len(data) < header["size"]:
        raise EOFError
    return header, data


class DocumentWorker:
    """Reads documents one after the other in a child process, which starts with the first one."""

    def __init__(self, options: ReadOptions) -> None:
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> DocumentWorker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, data: bytes, fmt: Format) -> list[PageText]:
        """Pages of the document `data`. Raises ReadError if it cannot be read within the limits of the options."""
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._options.max_seconds, end)
        timer.daemon = True
        timer.start()
        try:
            send(process.stdin, {"format": fmt}, data)
            reply, _ = receive(process.stdout)
        except (EOFError, BrokenPipeError):
            self.close()
            if late.is_set():
                raise ReadError(
                    f"reading took longer than the limit of {self._options.max_seconds:g} seconds (max_seconds); "
                    "raise it if the file is a large scan"
                ) from None
            raise ReadError(
                "reading ended abruptly: the file is damaged or needs more memory than there is; export it again"
            ) from None
        finally:
            timer.cancel()
        if "error" in reply:
            raise ReadError(reply["error"])
        return [PageText(number, text, origin) for number, text, origin in reply["pages"]]

    def close(self) -> None:
        """Ends the child process, if one runs."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            # What a dead child never read cannot be flushed to it.
            try:
                stream.close()
            except BrokenPipeError:
                continue
        self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None:
            return self._process
        try:
            return self._start()
        except (EOFError, BrokenPipeError):
            self.close()
            raise ReadError("the process that reads documents does not start; install pathstage anew") from None

    def _start(self) -> subprocess.Popen[bytes]:
        search = [_PACKAGE_PARENT, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pathstage.ingest.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Libraries write what they read into their warnings.
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(search), "PYTHONUNBUFFERED": "1"},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        send(self._process.stdin, asdict(self._options))
        # The time that a document may take does not include loading the libraries: wait until they are there.
        receive(self._process.stdout)
        return self._process


def main() -> None:
    """The child: options first, then document after document until the parent closes the pipe."""
    from pathstage.ingest.extract import DocumentReader

    # The pipe moves to a descriptor of its own: whatever a library prints must not end up between the messages.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests = sys.stdin.buffer
    options, _ = receive(requests)
    options.pop("size")
    reader = DocumentReader(ReadOptions(**options))
    send(replies, {"ready": True})
    while True:
        try:
            header, data = receive(requests)
        except EOFError:
            return
        try:
            pages = reader.read(data, header["format"])
            reply: dict[str, Any] = {"pages": [[page.number, page.text, page.origin] for page in pages]}
        except ReadError as error:
            reply = {"error": str(error)}
        send(replies, reply)


if __name__ == "__main__":
    main()
