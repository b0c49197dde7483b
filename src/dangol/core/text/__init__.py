"""What people read: Korean and English wordings, numbers, dates and particles."""

from dangol.core.text.catalogue import lookup, to_translate
from dangol.core.text.format import FORMATS, MISSING, format_value
from dangol.core.text.language import LANGUAGES, Language, Text, pick_language
from dangol.core.text.particle import particle
from dangol.core.text.sentence import placeholders, render, tell, tell_error, translate

__all__ = [
    "FORMATS",
    "LANGUAGES",
    "MISSING",
    "Language",
    "Text",
    "format_value",
    "lookup",
    "particle",
    "pick_language",
    "placeholders",
    "render",
    "tell",
    "tell_error",
    "to_translate",
    "translate",
]
