"""REST: the same questions, customers and results as everywhere, under `/api/v1`."""

from dangol.faces.rest.api import api
from dangol.faces.rest.problem import install_problems

__all__ = ["api", "install_problems"]
