"""Segment keys over HTTP: groups of customers with what sources say of them; never of a person."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from dangol.workspace.company import Company


def add_segment_keys(router: APIRouter, company: Company) -> None:
    """Groups of customers."""

    @router.get("/segment-keys", tags=["customers"])
    def segment_keys(scheme: str = "") -> dict[str, Any]:
        """Customers by segment key, and what sources that know groups only say of each; small segments are hidden."""
        found = company.segment_keys.grouped(scheme)
        cells = [
            {"key": each.group.key, "customers": each.customers, "net_sales": each.net_sales, "figures": dict(each.figures),
             "carried_over": sorted(each.carried), "hidden": each.hidden}
            for each in found.cells
        ]  # fmt: skip
        return {"scheme": found.scheme.name, "as_of": found.as_of.isoformat(), "customers": found.customers,
                "unplaced": found.unplaced, "fewest": found.fewest, "segments": cells}  # fmt: skip
