"""The one catalogue of translations that every face reads.

English wording in the code is the key; `locale/<language>/LC_MESSAGES/dangol.po` is read at first use, so there is
no compiled file to forget. `tests/core_text/test_completeness.py` lists what is missing from it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from dangol.core.errors import SourceError
from dangol.core.text.language import Language

CATALOGUE = Path(__file__).parent / "locale" / "ko" / "LC_MESSAGES" / "dangol.po"


def read_catalogue(path: Path = CATALOGUE) -> Catalog:
    """All translations of a file.

    Raises:
        SourceError: the file is not there or is not a gettext catalogue.
    """
    try:
        with path.open("rb") as file:
            return read_po(file, locale="ko", abort_invalid=True)
    except (OSError, PoFileError, UnicodeDecodeError) as error:
        what = f"catalogue {path.name!r} cannot be read: {error}"  # it cannot be said in Korean then
        raise SourceError(what, where=str(path)) from error


@cache
def _korean() -> dict[str, str]:
    return {
        str(message.id): str(message.string)
        for message in read_catalogue()
        if message.id and message.string and not message.fuzzy
    }


def lookup(message: str, language: Language) -> str:
    """The wording of a message in a language, its placeholders still in it; English where none was written."""
    return _korean().get(message, message) if language == "ko" else message


def to_translate(message: str) -> str:
    """Mark a wording that is kept in a table and translated later, so that the completeness check finds it."""
    return message
