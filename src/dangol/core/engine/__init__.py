"""The one door to computing engines: DuckDB embedded by default, PySpark by configuration."""

from dangol.core.engine.duck import Duck, identifier, quoted
from dangol.core.engine.functions import NAMES as OWN_FUNCTIONS

__all__ = ["OWN_FUNCTIONS", "Duck", "identifier", "quoted"]
