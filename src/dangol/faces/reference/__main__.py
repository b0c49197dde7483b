"""`python -m dangol.faces.reference docs/reference`: write the reference pages."""

from __future__ import annotations

import sys
from pathlib import Path

from dangol.faces.reference.pages import write


def main() -> None:
    """Write all pages into the folder that the command line names."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference")
    for path in write(folder):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
