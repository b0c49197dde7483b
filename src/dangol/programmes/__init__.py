"""Whom we contact, what we say, when, and how the effect is measured: data, one programme a file."""
