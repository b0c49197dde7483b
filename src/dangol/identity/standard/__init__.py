"""Names, phones, e-mails, dates and addresses as they can be compared: one form for the many ways people write them."""

from dangol.identity.standard.people import standard_people

__all__ = ["standard_people"]
