"""The reference pages of the documentation, written from the declarations themselves so that they cannot be wrong."""

from dangol.faces.reference.pages import pages, write

__all__ = ["pages", "write"]
