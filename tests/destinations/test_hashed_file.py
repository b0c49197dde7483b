"""The file for machines: published hashes, Google's headers, never escaped."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow as pa
import pytest

from dangol.core.cleared import Cleared
from dangol.core.declare import Parcel
from dangol.destinations.hashed_file import hashed, hashed_file, normal_email, normal_phone

ClearedFor = Callable[[Iterable[int]], Cleared]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # Google's own libraries for the Data Manager API (googleads/data-manager-*, tests of the user data formatter)
        ("alexz@example.com", "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a"),
        ("+18005550100", "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"),
        # NIST FIPS 180-2, appendix B.1
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("", ""),
        (
            "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
    ],
)
def test_published_hashes(value: str, expected: str) -> None:
    assert hashed(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" AlexZ@Example.com\n", "alexz@example.com"),
        ("Cloudy.SanFrancisco@gmail.com", "cloudy.sanfrancisco@gmail.com"),
        ("홍@한국.kr", "홍@한국.kr"),
        ("a b@x.kr", "ab@x.kr"),
        ("no-at.kr", ""),
        ("@x.kr", ""),
        ("a@b", ""),
        ("a@b@c.kr", ""),
        ("", ""),
        ("a@.", ""),
    ],
)
def test_email(text: str, expected: str) -> None:
    assert normal_email(text) == expected


def test_gmail_dots_by_choice() -> None:
    assert normal_email("Cloudy.SanFrancisco@gmail.com", gmail_dots=False) == "cloudysanfrancisco@gmail.com"
    assert hashed("cloudysanfrancisco@gmail.com") == "223ebda6f6889b1494551ba902d9d381daf2f642bae055888e96343d53e9f9c4"
    assert normal_email("a.b@example.com", gmail_dots=False) == "a.b@example.com"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("010-1234-5678", "+821012345678"),
        ("01012345678", "+821012345678"),
        ("010 1234 5678", "+821012345678"),
        ("(010)1234.5678", "+821012345678"),
        ("+82 10-1234-5678", "+821012345678"),
        ("+82 010-1234-5678", "+821012345678"),
        ("82-10-1234-5678", "+821012345678"),
        ("0082 10 1234 5678", "+821012345678"),
        ("1012345678", "+821012345678"),
        ("011-234-5678", "+82112345678"),
        ("02-123-4567", "+8221234567"),
        ("031-1234-5678", "+823112345678"),
        ("0505-1234-5678", "+8250512345678"),
        ("+1 (800) 555-0100", "+18005550100"),
        ("1588-1234", ""),
        ("", ""),
        ("없음", ""),
        ("010-1234-567a", ""),
        ("+0 123 4567 89", ""),
        ("+1234567890123456", ""),
        ("0", ""),
    ],
)
def test_phone(text: str, expected: str) -> None:
    assert normal_phone(text) == expected


def test_the_file(cleared_for: ClearedFor, tmp_path: Path) -> None:
    contacts = pa.table(
        {
            "customer_id": [1, 2, 3, 4, 5],
            "email": ["AlexZ@example.com ", None, "=1+1", "alexz@example.com", "secret@example.com"],
            "phone": ["+1 800 555 0100", "010-1234-5678", None, "+1 (800) 555-0100", "010-9999-9999"],
        }
    )
    (one,) = hashed_file.deliver(cleared_for([1, 2, 3, 4]), Parcel("vip", contacts), tmp_path)
    (two,) = hashed_file.deliver(cleared_for([4, 3, 2, 1]), Parcel("vip", contacts.take([4, 3, 2, 1, 0])), tmp_path / "again")
    content = one.path.read_bytes()
    assert one.sha256 == two.sha256 == hashlib.sha256(content).hexdigest()
    assert content.startswith(b"Email,Phone\n")
    assert b"'" not in content
    assert b"@" not in content
    rows = list(csv.reader(content.decode().splitlines()[1:]))
    assert rows == sorted(rows)
    assert rows == [
        ["", hashlib.sha256(b"+821012345678").hexdigest()],
        [
            "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a",
            "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30",
        ],
    ]
    assert one.row_count == 2


def test_a_company_without_phone_numbers(cleared_for: ClearedFor, tmp_path: Path) -> None:
    (made,) = hashed_file.deliver(cleared_for([1]), Parcel("a", pa.table({"customer_id": [1], "email": ["a@b.kr"]})), tmp_path)
    assert made.path.read_text().splitlines()[1] == f"{hashlib.sha256(b'a@b.kr').hexdigest()},"
