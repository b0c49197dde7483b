"""Which letters a file is written in, told from its bytes; every text becomes UTF-8 before the engine reads it."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from charset_normalizer import from_bytes

from dangol.core.errors import SourceError, told

CHUNK = 1 << 22
HEAD = 1 << 18
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
KOREAN = dict.fromkeys(("euc-kr", "euckr", "ks_c_5601-1987", "uhc"), "cp949")


@dataclass(frozen=True)
class Facts:
    """What the bytes of a file say.

    Attributes:
        content: SHA-256 of all bytes.
        size: number of bytes.
        utf8: whether the whole file is valid UTF-8.
        head: the first bytes, unpacked.
        mixed: whether some lines end as on Windows and others do not, outside or inside of quotes.
    """

    content: str
    size: int
    utf8: bool
    head: bytes
    mixed: bool = False


def unpacked(path: Path) -> IO[bytes]:
    """The file's bytes, gunzipped where it is packed."""
    return cast("IO[bytes]", gzip.open(path)) if path.suffix.lower() == ".gz" else path.open("rb")


def chunks(path: Path) -> Iterator[bytes]:
    """The file piece by piece."""
    with unpacked(path) as file:
        while piece := file.read(CHUNK):
            yield piece


def fingerprint(path: Path) -> str:
    """SHA-256 of a file's bytes as they lie on the disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def inspect_text(path: Path) -> Facts:
    """Read a text file once: its content's fingerprint and whether it is UTF-8 from end to end.

    Raises:
        SourceError: a packed file is damaged.
    """
    digest, utf8, head, size, before = hashlib.sha256(), True, b"", 0, b""
    windows = lines = 0
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for piece in chunks(path):
            digest.update(piece)
            head, size = head or piece[:HEAD], size + len(piece)
            utf8 = utf8 and decodes(decoder, piece)
            lines, windows = lines + piece.count(b"\n"), windows + (before + piece).count(b"\r\n")
            before = piece[-1:]
    except (OSError, EOFError) as problem:
        raise SourceError(
            told("{file:quoted} is damaged: {problem}", file=path.name, problem=str(problem)), where=str(path)
        ) from problem
    return Facts(digest.hexdigest(), size, utf8 and decodes(decoder, b"", final=True), head, 0 < windows < lines)


def decodes(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    """Whether a further piece is valid."""
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True


def detect(facts: Facts, declared: str | None, where: str) -> str:
    """The encoding of a file, by its mark, by validity, then by Korean letters and statistics.

    Raises:
        SourceError: the declared encoding does not exist or does not fit, or none can be told.
    """
    if declared:
        return check_declared(declared, facts, where)
    found = next(filter(None, (way(facts) for way in (by_mark, by_zeros, by_validity, by_statistics))), None)
    if found is None:
        hint = told("write encoding: utf-8, cp949 or utf-16")
        raise SourceError(told("the encoding cannot be told from the bytes"), where=where, hint=hint)
    return found


def by_mark(facts: Facts) -> str | None:
    """The encoding that the first bytes announce; a mark of UTF-8 must be kept to the end."""
    mark = next((name for bom, name in BOMS.items() if facts.head.startswith(bom)), None)
    return None if mark == "utf-8-sig" and not facts.utf8 else mark


def by_zeros(facts: Facts) -> str | None:
    """UTF-16 without a mark, by the side its zeros stand on."""
    if not looks_utf16(facts.head):
        return None
    return "utf-16-le" if facts.head[1::2].count(0) > facts.head[0::2].count(0) else "utf-16-be"


def by_validity(facts: Facts) -> str | None:
    """UTF-8 or the Korean code page, where the bytes are valid in it."""
    if facts.utf8:
        return "utf-8"
    return "cp949" if valid(facts.head, "cp949") else None


def by_statistics(facts: Facts) -> str | None:
    """What the frequency of letters suggests."""
    best = from_bytes(facts.head[:65536]).best()
    return best.encoding if best else None


def check_declared(declared: str, facts: Facts, where: str) -> str:
    """A declared encoding by its usual name.

    Raises:
        SourceError: there is no such encoding, or the file's beginning is not written in it.
    """
    encoding = KOREAN.get(declared.lower(), declared.lower())
    try:
        codecs.lookup(encoding)
    except LookupError as problem:
        what = told("there is no encoding {name:quoted}", name=declared)
        raise SourceError(what, where=where, hint=told("write encoding: utf-8, cp949 or utf-16")) from problem
    if encoding.replace("-", "") == "utf8":
        encoding = "utf-8-sig" if facts.head.startswith(codecs.BOM_UTF8) else "utf-8"
        fitting = facts.utf8
    else:
        fitting = valid(facts.head, encoding)
    if not fitting:
        what = told("the file is not written in {encoding:quoted}", encoding=declared)
        raise SourceError(what, where=where, hint=told("leave 'encoding' out to have it detected"))
    return encoding


def looks_utf16(head: bytes) -> bool:
    """Whether every second byte of the beginning is mostly zero."""
    pairs = max(len(head) // 2, 1)
    return max(head[0::2].count(0), head[1::2].count(0)) > pairs * 0.3


def valid(head: bytes, encoding: str) -> bool:
    """Whether the beginning of a file decodes; its last letter may be cut in two."""
    return decodes(codecs.getincrementaldecoder(encoding)(), head)


def to_utf8(path: Path, encoding: str, target: Path, *, mixed: bool) -> Path:
    """The file as UTF-8 with one kind of line ends: itself when it is so already, else a copy written piece by piece.

    The engine reads only files whose lines all end alike: of others it may drop every row without a word.

    Raises:
        SourceError: a place that is not written in the encoding; its byte is named.
    """
    if encoding in ("utf-8", "utf-8-sig") and path.suffix.lower() != ".gz" and not mixed:
        return path
    decoder, place = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True), 0
    with target.open("wb") as copy:
        try:
            for piece in chunks(path):
                copy.write(decoder.decode(piece).encode("utf-8"))
                place += len(piece)
            copy.write(decoder.decode(b"", final=True).encode("utf-8"))
        except UnicodeError as problem:
            at = place + getattr(problem, "start", 0)
            what = told("byte {at:count} is not {encoding}", at=at, encoding=encoding)
            raise SourceError(what, where=str(path), hint=told("write the right 'encoding'")) from problem
    return target
