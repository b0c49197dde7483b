"""Tables of words written one after the other, as a reader of the table likes them."""


def split_up(text: str) -> list[str]:
    """The words of a table, in order."""
    return text.split()
