"""What two records say about each other, field by field: ladders of agreement from the strongest step down.

Step 0 always means that one of the two records has no value. A ladder is words for a marketer and a number for the model; how
much a step weighs is learned from the company's own records, never set here. The priors only steady the first steps.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One step of a ladder.

    Attributes:
        name: of the step, as it stands in tables.
        match: prior share among pairs of one person.
        shared: prior share among pairs of people who share a contact or a home.
        personal: agreement of this kind does not come from sharing a home.
        identifying: agreement of this kind hardly ever comes by chance.
    """

    name: str
    match: float
    shared: float = 0.0
    personal: bool = False
    identifying: bool = False


@dataclass(frozen=True)
class Ladder:
    """One field of the comparison.

    Attributes:
        field: its name.
        steps: from step 1; step 0 is a missing value.
        frozen: sharing a home says nothing here.
    """

    field: str
    steps: tuple[Step, ...]
    frozen: bool = False

    def number(self, name: str) -> int:
        """The number of a step."""
        return [step.name for step in self.steps].index(name) + 1


NAME = Ladder(
    "name",
    (
        Step("same", 0.62, personal=True),
        Step("same_sound", 0.08, personal=True),
        Step("near", 0.10, personal=True),
        Step("alike", 0.04, personal=True),
        Step("masked", 0.04, personal=True),
        Step("given_only", 0.03, personal=True),
        Step("given_like", 0.02, personal=True),
        Step("crossed", 0.01, personal=True),
        Step("family_only", 0.02, 0.1),
        Step("family_like", 0.01, 0.02),
        Step("given", 0.02, personal=True),
        Step("family", 0.015, 0.4),
        Step("different", 0.015, 0.5),
    ),
)
PHONE = Ladder(
    "phone",
    (
        Step("same_mobile", 0.6, 0.3, identifying=True),
        Step("same_other", 0.1, 0.1),
        Step("same_shared", 0.01, 0.05),
        Step("near", 0.05, 0.01),
        Step("different_kind", 0.12, 0.1),
        Step("different", 0.12, 0.44),
    ),
)
EMAIL = Ladder(
    "email",
    (
        Step("same", 0.72, 0.05, identifying=True),
        Step("same_shared", 0.01, 0.05),
        Step("same_user", 0.06, 0.01),
        Step("near", 0.09, 0.01),
        Step("different", 0.12, 0.88),
    ),
)
BIRTH = Ladder(
    "birth",
    (
        Step("same", 0.82),
        Step("near", 0.08),
        Step("two_parts", 0.02),
        Step("month", 0.02),
        Step("year", 0.02),
        Step("decade", 0.02),
        Step("same_born", 0.1),
        Step("other_born", 0.02),
        Step("different", 0.02),
    ),
    frozen=True,
)
STREET = Ladder(
    "street",
    (
        Step("same_unit", 0.4, 0.4),
        Step("same", 0.25, 0.2),
        Step("other_unit", 0.02, 0.05),
        Step("near", 0.1, 0.1),
        Step("other_number", 0.03, 0.05),
        Step("different", 0.2, 0.2),
    ),
)
AREA = Ladder(
    "area",
    (
        Step("same_postcode", 0.55, 0.5),
        Step("same_area", 0.15, 0.15),
        Step("near", 0.1, 0.1),
        Step("different", 0.2, 0.25),
    ),
)
GENDER = Ladder("gender", (Step("same", 0.97), Step("different", 0.03)), frozen=True)
LADDERS = (NAME, PHONE, EMAIL, BIRTH, STREET, AREA, GENDER)
