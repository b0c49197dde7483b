"""What may be said to whom: the latest record decides, and no record means no."""

from dangol.consent.clear import Asking, clear
from dangol.consent.records import OPTIONAL, consents_now, latest_consents

__all__ = ["OPTIONAL", "Asking", "clear", "consents_now", "latest_consents"]
