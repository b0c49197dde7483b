"""Segments: customers chosen by a rule and called by a name; one theme a file."""
