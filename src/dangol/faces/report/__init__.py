"""The HTML report: one file with everything the serving snapshot says, to be mailed, printed and kept."""

from dangol.faces.report.build import build_report, write_report

__all__ = ["build_report", "write_report"]
