"""What web pages and the HTML report share: a reader, figures, drawings and the template environment."""

from dangol.faces.html.drawing import Drawing, draw
from dangol.faces.html.environment import environment
from dangol.faces.html.figure import Figure, Series, figure_of, with_summary
from dangol.faces.html.headline import Tile, business, causes, worth
from dangol.faces.html.reader import Reader

__all__ = [
    "Drawing",
    "Figure",
    "Reader",
    "Series",
    "Tile",
    "business",
    "causes",
    "draw",
    "environment",
    "figure_of",
    "with_summary",
    "worth",
]
