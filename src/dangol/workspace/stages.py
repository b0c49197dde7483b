"""Stages: each writes a folder whose name is the fingerprint of all it read, aside first and then renamed.

That one rule gives resuming after a kill, re-running without change, and knowing what a number came from.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import dangol

RECEIPT = "stage.json"


@dataclass(frozen=True)
class Stage:
    """A finished stage.

    Attributes:
        key: fingerprint of what it read; equal keys mean equal results.
        folder: what it wrote.
        facts: figures it left for the manifest and later stages.
        seconds: how long it took when it was made.
        fresh: made in this run, not found from an earlier one.
        peak_memory: most memory of the process so far, in bytes.
    """

    name: str
    key: str
    folder: Path
    facts: Mapping[str, Any]
    seconds: float
    fresh: bool
    peak_memory: int


class StageStore:
    """The folder of finished stages of a workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def ensure(self, name: str, inputs: Mapping[str, Any], make: Callable[[Path], Mapping[str, Any]]) -> Stage:
        """The finished stage for these inputs: found, or made now.

        Args:
            name: what is shown to people.
            inputs: everything the result depends on, as JSON; the code's own fingerprint is added.
            make: writes into a folder and returns figures; interrupted, it leaves nothing behind that counts.
        """
        key = key_of(name, inputs)
        folder = self.folder(name, inputs)
        if not (folder / RECEIPT).exists():
            return self.make(name, key, folder, make)
        receipt = json.loads((folder / RECEIPT).read_text(encoding="utf-8"))
        return Stage(name, key, folder, receipt["facts"], receipt["seconds"], fresh=False, peak_memory=receipt["peak_memory"])

    def folder(self, name: str, inputs: Mapping[str, Any]) -> Path:
        """Where the stage for these inputs is, or will be."""
        return self.root / f"{name}-{key_of(name, inputs)[:16]}"

    def receipt(self, folder: Path) -> dict[str, Any] | None:
        """What a finished stage says of itself; None where there is none."""
        if not (folder / RECEIPT).exists():
            return None
        found: dict[str, Any] = json.loads((folder / RECEIPT).read_text(encoding="utf-8"))
        return found

    def make(self, name: str, key: str, folder: Path, make: Callable[[Path], Mapping[str, Any]]) -> Stage:
        """Run a stage aside and give its folder the final name."""
        aside = self.root / f".{folder.name}.{secrets.token_hex(4)}"
        aside.mkdir(parents=True)
        start = time.perf_counter()
        facts = dict(make(aside))
        seconds = round(time.perf_counter() - start, 3)
        memory = peak_memory()
        write_json(aside / RECEIPT, {"name": name, "key": key, "facts": facts, "seconds": seconds, "peak_memory": memory})
        if folder.exists():
            shutil.rmtree(folder)
        aside.rename(folder)
        return Stage(name, key, folder, facts, seconds, fresh=True, peak_memory=memory)

    def sweep(self, keep: set[Path]) -> None:
        """Remove what interrupted or superseded runs left."""
        for folder in self.root.glob("*"):
            if folder.is_dir() and folder not in keep:
                shutil.rmtree(folder, ignore_errors=True)


def key_of(name: str, inputs: Mapping[str, Any]) -> str:
    """What names a stage: its inputs and the code that reads them."""
    return fingerprint({"stage": name, "code": code_version(), **inputs})


def fingerprint(value: Any) -> str:  # noqa: ANN401 — any JSON
    """A hash of a JSON value, independent of the order of keys."""
    text = json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=1)
def code_version() -> str:
    """A hash of the package's own source: another version of the code is another result."""
    root = Path(dangol.__file__).parent
    digest = hashlib.sha256(dangol.__version__.encode())
    for path in sorted(root.rglob("*.py")):
        if "faces" not in path.relative_to(root).parts:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def peak_memory() -> int:
    """Most memory this process has held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def write_json(path: Path, value: Any) -> None:  # noqa: ANN401 — any JSON
    """Write JSON whole or not at all, on the disk before it counts."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with aside.open("w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=1, default=str)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
