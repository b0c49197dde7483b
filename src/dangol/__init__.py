"""dangol: the open-source predictive marketing platform."""

__version__ = "0.1.0"
