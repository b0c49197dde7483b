"""Numbers of households and accounts for ever, by what belongs to them: whoever stays together keeps the number.

What customers have in `identity.lasting` for their records, groups of anything else have here: a file beside the identity map
remembers every member ever seen with its number, and the number it began with.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from dangol.algorithms.carry_over import Numbers, carry_over
from dangol.core.engine import Duck
from dangol.core.query import sql

# An order of members that no numbering changes makes the next free numbers the same on every machine.
HELD = """
    select coalesce(f.number, 0) as earlier, coalesce(f.first_number, 0) as began
    from group_members m left join former_members f using (member) order by m.place"""
ABSENT = "select distinct number from former_members anti join group_members using (member)"
LARGEST = "select coalesce(max(greatest(number, first_number)), 0) as largest from former_members"
REMEMBERED = """
    select m.member, m.number, coalesce(f.first_number, m.number) as first_number
    from numbered_members m left join former_members f using (member)
    union all
    select member, number, first_number from former_members anti join numbered_members using (member)"""


@dataclass(frozen=True)
class Lasting:
    """Where numbers of one kind of group are remembered.

    Attributes:
        file: its name in the folder of a run.
        before: folder of the run before; None where there was none.
        target: folder of this run.
    """

    file: str
    before: Path | None
    target: Path

    def number(self, duck: Duck, member: pa.Array, group: Numbers) -> Numbers:
        """The lasting number of every member's group; writes what the next run needs to know.

        Args:
            duck: any engine.
            member: what belongs to groups, each once, in an order that is the same in every run.
            group: which of them belong together, at least 0.
        """
        place = pa.array(range(len(member)), pa.int64())
        duck.register("group_members", pa.table({"member": member, "place": place}))
        former = self.before / self.file if self.before is not None else None
        if former is not None and former.exists():
            duck.view("former_members", former)
        else:
            nothing = pa.schema([("member", member.type), ("number", pa.int64()), ("first_number", pa.int64())])
            duck.register("former_members", nothing.empty_table())
        held = duck.arrow(sql(HELD).tree)
        taken = duck.arrow(sql(ABSENT).tree).column("number").to_numpy()
        earlier, began = (held.column(name).to_numpy() for name in ("earlier", "began"))
        numbers = carry_over(group, earlier, began, free=int(duck.value(sql(LARGEST).tree)) + 1, taken=taken)
        duck.register("numbered_members", pa.table({"member": member, "number": numbers}))
        duck.write_parquet(sql(REMEMBERED).tree, self.target / self.file, order_by=("member",))
        for name in ("group_members", "former_members", "numbered_members"):
            duck.drop(name)
        return numbers
