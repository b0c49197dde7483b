"""Any export whose headers say what they hold: nothing is fixed, columns are found by their names."""

from dangol.core.declare.source import Shape, source


@source(ko="일반 파일", en="Any file")
def generic() -> tuple[Shape, ...]:
    """Korean and English headers are matched by name; what is not recognised is reported and kept in the raw delivery."""
    return ()
