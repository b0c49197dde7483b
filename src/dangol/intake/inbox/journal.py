"""Writing down what arrives before it is acknowledged: nothing accepted is lost, whenever the machine stops.

Calls of many senders share one write and one `fsync` (group commit). A file is closed after a few seconds and then never touched
again; whoever loads takes closed files only. The writer holds a lock on the open one, so that a file whose writer died is known.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from dangol.core.errors import EngineError, NotReady, told

FOLDER, OPEN, CLOSED, TAKEN = "inbox", "open", "closed", "taken"
CLOSE_SECONDS = 10.0
CLOSE_BYTES = 64_000_000
MOST_WAITING = 8_000_000  # bytes not yet on the disk; beyond it senders are told to come back
PATIENCE = 30.0


class Busy(NotReady):
    """More arrives than the disk takes; the sender is to try again."""

    def __init__(self) -> None:
        super().__init__(told("too many events are waiting to be written"), hint=told("send them again in a second"))


class Waiting:
    """Lines of one call, and whether they are on the disk."""

    def __init__(self, lines: bytes) -> None:
        self.lines = lines
        self.written = threading.Event()
        self.failed = False


class Journal:
    """Takes rows and returns when they are safe.

    Args:
        root: the workspace's folder.
        close_seconds: how long a file stays open.
    """

    def __init__(self, root: Path, close_seconds: float = CLOSE_SECONDS) -> None:
        self.folder = root / FOLDER
        self.close_seconds = close_seconds
        self.waiting: list[Waiting] = []
        self.size = 0
        self.changed = threading.Condition()
        self.stopped = False
        self.file: BinaryIO | None = None
        self.opened = 0.0
        self.thread: threading.Thread | None = None

    def append(self, rows: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
        """Write rows by table; they are on the disk when this returns.

        Raises:
            Busy: too much is waiting to be written.
            EngineError: the disk refuses.
        """
        entry = Waiting(b"".join(line(table, row) for table, listed in rows.items() for row in listed))
        with self.changed:
            self.take(entry)
            self.changed.notify()
        if not entry.written.wait(PATIENCE) or entry.failed:
            raise EngineError(told("events cannot be written"), where=str(self.folder), hint=told("look for room on the disk"))

    def take(self, entry: Waiting) -> None:
        """Let an entry wait for the writer, who begins with the first one.

        Raises:
            Busy: too much is waiting to be written.
        """
        if self.waiting and self.size + len(entry.lines) > MOST_WAITING:
            raise Busy
        if self.thread is None:
            self.thread = threading.Thread(target=self.work, name="inbox", daemon=True)
            self.thread.start()
        self.waiting.append(entry)
        self.size += len(entry.lines)

    def close(self) -> None:
        """Write what waits and close the file."""
        with self.changed:
            self.stopped = True
            self.changed.notify()
        if self.thread is not None:
            self.thread.join()

    def work(self) -> None:
        """The writer: as long as there is something, write it; close the file when it is old."""
        while self.turn():
            if self.is_old():
                self.shut()
        self.shut()

    def turn(self) -> bool:
        """Write all that waits, or wait for something; false when there is nothing more to come."""
        with self.changed:
            if not self.waiting and not self.stopped:
                self.changed.wait(self.left())
            taken, self.waiting, self.size = self.waiting, [], 0
        if taken:
            self.write(taken)
        return bool(taken) or not self.stopped

    def left(self) -> float | None:
        """Seconds until the open file is to be closed; None where there is none."""
        return None if self.file is None else max(self.opened + self.close_seconds - time.monotonic(), 0.01)

    def is_old(self) -> bool:
        """Whether the open file is to be closed."""
        if self.file is None:
            return False
        return time.monotonic() >= self.opened + self.close_seconds or self.file.tell() >= CLOSE_BYTES

    def write(self, taken: Sequence[Waiting]) -> None:
        """All that waits, with one `fsync`."""
        try:
            file = self.file or self.start()
            file.write(b"".join(entry.lines for entry in taken))
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            for entry in taken:
                entry.failed = True
            self.abandon()
        for entry in taken:
            entry.written.set()

    def start(self) -> BinaryIO:
        """A new file, locked by us; begun again where a run took it for a dead writer's before it was locked."""
        (self.folder / OPEN).mkdir(parents=True, exist_ok=True)
        (self.folder / CLOSED).mkdir(parents=True, exist_ok=True)
        while self.file is None:
            path = self.folder / OPEN / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}.journal"
            file = path.open("ab")
            fcntl.flock(file, fcntl.LOCK_EX)
            if path.exists():
                self.file = file
            else:
                file.close()
        self.opened = time.monotonic()
        return self.file

    def shut(self) -> None:
        """Close the file for good."""
        if self.file is not None:
            path = Path(self.file.name)
            path.replace(self.folder / CLOSED / path.name)
            self.abandon()

    def abandon(self) -> None:
        """Let go of the file; its whole lines count, a torn one was never acknowledged."""
        file, self.file = self.file, None
        if file is not None:
            file.close()


def line(table: str, row: Mapping[str, object]) -> bytes:
    """A row as a line: its table, a tab, JSON."""
    return f"{table}\t{json.dumps(row, ensure_ascii=False, default=str)}\n".encode()
