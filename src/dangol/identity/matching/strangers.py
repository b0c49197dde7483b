"""How often any two records of a company agree by chance: counted exactly where values are equal, drawn where they are alike."""

from __future__ import annotations

import numpy as np

from dangol.algorithms.agreement_mixture import Field
from dangol.algorithms.arrays import Vector
from dangol.identity.matching.compare import LAYOUTS, RATED_STEPS, Comparer, Layout
from dangol.identity.matching.marks import BANDS, column
from dangol.identity.matching.people import Coded, Ints

DRAWN = 1_000_000
SEED = 20_260_101
# Pseudo-pairs that the priors weigh.
PRIOR_PAIRS = 20.0


def drawn(records: int) -> tuple[Ints, Ints]:
    """Pairs of records at random, or all of them where there are not many."""
    every = records * (records - 1) // 2
    if every <= DRAWN:
        low, high = np.triu_indices(records, 1)
        return low.astype(np.int64), high.astype(np.int64)
    draw = np.random.default_rng(SEED)
    low, high = draw.integers(0, records, DRAWN), draw.integers(0, records, DRAWN)
    return np.minimum(low, high)[low != high], np.maximum(low, high)[low != high]


def fields(comparer: Comparer) -> tuple[Field, ...]:
    """What is known of every field before pairs are scored."""
    people = comparer.people
    low, high = drawn(len(people))
    codes = comparer.codes(low, high)
    every = len(people) * (len(people) - 1) / 2
    kin = limits_of_kin(codes)
    return tuple(
        field(
            layout,
            comparer,
            codes[:, place].astype(np.int64),
            every / max(len(low), 1),
            kin if layout.ladder.field == "name" else None,
        )
        for place, layout in enumerate(LAYOUTS)
    )


def field(layout: Layout, comparer: Comparer, codes: Ints, scale: float, kin: Vector | None) -> Field:
    """One field: totals of strangers, shares of bands, and priors."""
    total = np.bincount(codes, minlength=layout.codes).astype(np.float64) * scale
    counted(layout, comparer, total)
    ladder = layout.ladder
    limit = np.ones(len(ladder.steps) + 1) if kin is None else kin
    return Field(
        layout.step,
        band_shares(layout, comparer),
        smoothed_bands(layout, comparer, total),
        np.array([0.0, *(step.match * PRIOR_PAIRS for step in ladder.steps)]),
        np.array([0.0, *(max(step.shared, 1e-3) * PRIOR_PAIRS for step in ladder.steps)]),
        limit,
        np.isin(layout.step, [ladder.number(step.name) for step in ladder.steps if step.identifying]),
        ladder.frozen,
    )


def limits_of_kin(codes: Ints) -> Vector:
    """How often names of two different people of one family agree: as those of strangers who share the family name."""
    layout = LAYOUTS[0]
    step = layout.step[codes[:, 0]]
    found = np.bincount(step, minlength=len(layout.ladder.steps) + 1).astype(np.float64)
    personal = np.array([False, *(each.personal for each in layout.ladder.steps)])
    related = found[layout.ladder.number("family")] + found[layout.ladder.number("family_only")] + found[personal].sum()
    return np.where(personal, (found + 0.5) / max(related, 1.0), 1.0).clip(1e-4, 1.0)


def counted(layout: Layout, comparer: Comparer, total: Vector) -> None:
    """Replace drawn numbers by exact ones where agreement means equal values, in place."""
    exact = EXACT.get(layout.ladder.field)
    for name, pairs in exact(comparer).items() if exact else ():
        total[layout.step == layout.ladder.number(name)] = pairs


def name_totals(comparer: Comparer) -> dict[str, Vector]:
    """Pairs of records with the same name, by band."""
    return {"same": same_by_band(comparer.people.form("name_key"), comparer.marks.band["name_key"])}


def birth_totals(comparer: Comparer) -> dict[str, Vector]:
    """Pairs of records with the same birth date."""
    return {"same": np.array([comparer.people.columns["birth_day"].same_pairs()])}


def same_by_band(values: Coded, band: Ints) -> Vector:
    """Pairs of records with the same value, by band of the value."""
    pairs = values.counts * (values.counts - 1) / 2
    return np.bincount(band, weights=pairs, minlength=BANDS).astype(np.float64)


def phone_totals(comparer: Comparer) -> dict[str, Vector]:
    """Pairs of records with the same phone."""
    phones, shared = comparer.people.columns["phone_key"], comparer.marks.shared["phone_key"]
    mobile = comparer.kinds == 1
    return {
        "same_shared": np.array([phones.same_pairs(shared)]),
        "same_mobile": np.array([phones.same_pairs(mobile & ~shared)]),
        "same_other": np.array([phones.same_pairs(~mobile & ~shared)]),
    }


def email_totals(comparer: Comparer) -> dict[str, Vector]:
    """Pairs of records with the same e-mail address, or the same user at another provider."""
    mails, users, shared = (
        comparer.people.columns["email_key"],
        comparer.people.columns["email_user"],
        comparer.marks.shared["email_key"],
    )
    return {
        "same_shared": np.array([mails.same_pairs(shared)]),
        "same": np.array([mails.same_pairs(~shared)]),
        "same_user": np.array([max(users.same_pairs() - mails.same_pairs(), 0.0)]),
    }


def street_totals(comparer: Comparer) -> dict[str, Vector]:
    """Pairs of records with the same street, by what is known of the unit."""
    people = comparer.people
    streets, units, places = people.columns["address_key"], people.columns["address_unit"], people.places
    with_unit = np.bincount(streets.codes[streets.known & units.known], minlength=len(streets.values))
    units_known = float((with_unit * (with_unit - 1) // 2).sum())
    return {
        "same_unit": np.array([places.same_pairs()]),
        "other_unit": np.array([units_known - places.same_pairs()]),
        "same": np.array([streets.same_pairs() - units_known]),
    }


def band_shares(layout: Layout, comparer: Comparer) -> Vector:
    """How the agreeing values of one person spread over the bands: as the records do."""
    shares = np.ones(layout.codes)
    for name, source in RATED_STEPS.get(layout.ladder.field, {}).items():
        values = column(comparer.people, source)
        held = np.bincount(comparer.marks.band[source], weights=values.counts, minlength=BANDS) + 0.01
        shares[layout.step == layout.ladder.number(name)] = held / held.sum()
    return shares


def smoothed_bands(layout: Layout, comparer: Comparer, total: Vector) -> Vector:
    """Totals of a step spread over its bands as equal pairs of values do; few are drawn of rare values."""
    smooth = total.copy()
    for name, source in RATED_STEPS.get(layout.ladder.field, {}).items():
        chosen = layout.step == layout.ladder.number(name)
        if name != "same":
            spread = same_by_band(column(comparer.people, source), comparer.marks.band[source]) + 0.01
            smooth[chosen] = total[chosen].sum() * spread / spread.sum()
    return smooth


EXACT = {"name": name_totals, "phone": phone_totals, "email": email_totals, "birth": birth_totals, "street": street_totals}
