"""The one door to computing engines: DuckDB embedded by default, PySpark by configuration."""

from dangol.core.engine.duck import Duck, identifier, quoted
from dangol.core.engine.functions import NAMES as OWN_FUNCTIONS
from dangol.core.engine.spark import Spark

__all__ = ["OWN_FUNCTIONS", "Duck", "Spark", "identifier", "quoted"]
