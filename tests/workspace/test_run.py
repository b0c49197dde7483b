"""A run may be killed, repeated, started twice: the last snapshot serves on, and nothing is done twice."""

from __future__ import annotations

import json
import shutil
import signal
from datetime import datetime, timedelta
from random import Random

import pytest

from dangol.core.errors import NotReady
from dangol.workspace.run import Run
from dangol.workspace.snapshot import Pointer

STAGES = ("unify", "features", "churn", "lifetime_value", "snapshot")


def lines(count, seed=3):
    """Order lines over a year and a half."""
    dice = Random(seed)
    rows = []
    for customer in range(count):
        for _ in range(dice.randint(1, 5)):
            at = datetime(2025, 1, 1, 9) + timedelta(days=dice.randint(0, 540), minutes=dice.randint(0, 600))
            rows.append(f"o{len(rows)},c{customer},{at:%Y-%m-%d %H:%M:%S},p{dice.randint(0, 9)},1,{dice.randint(5, 90) * 100}")
    return rows


def test_running_twice_changes_nothing(shop):
    shop.write(lines(60))
    first = shop.company.run()
    before, profile = {path: path.stat().st_mtime_ns for path in shop.stages.rglob("*")}, shop.profile()
    second = shop.company.run()
    assert second.run_id == first.run_id
    assert not [name for name, _, _, fresh in second.stages if fresh]
    assert {path: path.stat().st_mtime_ns for path in shop.stages.rglob("*")} == before
    assert shop.profile() == profile


def test_the_same_file_delivered_again_changes_no_figure(shop):
    shop.write(lines(40))
    shop.company.run()
    before = shop.profile()
    text = (shop.base / "lines.csv").read_text()
    header, *rows = text.splitlines()
    (shop.base / "again.csv").write_text("\n".join([header, *reversed(rows)]) + "\n")
    settings = (shop.base / "dangol.yaml").read_text()
    (shop.base / "dangol.yaml").write_text(settings.replace("[lines.csv]", "[lines.csv, again.csv]"))
    shop.company.run()
    assert shop.profile() == before


def test_more_rows_make_a_new_snapshot_and_customers_keep_their_numbers(shop):
    shop.write(lines(40))
    first = shop.company.run()
    numbers = "select system, customer_ref, customer_id from identity_map order by all"
    before = shop.company.snapshot.duck.rows(numbers)
    shop.write([*lines(40), "o9999,a-first-in-the-alphabet,2026-06-30 10:00:00,p1,1,500"])
    second = shop.company.run()
    after = shop.company.snapshot.duck.rows(numbers)
    assert second.run_id != first.run_id
    assert [row for row in after if row["customer_ref"] != "a-first-in-the-alphabet"] == before
    assert max(row["customer_id"] for row in before) + 1 == max(row["customer_id"] for row in after)


def killed_at(shop, stage):
    """Start a run and kill it when a stage has done its work but does not count yet; returns whether it was caught."""
    process = shop.process(held_at=stage)
    try:
        caught = process.stdout.readline() == b"held\n"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    return caught and bool(list(shop.stages.glob(f".{stage}-*")))


@pytest.mark.slow
def test_killed_at_any_stage_the_old_snapshot_serves_and_the_next_run_finishes(shop, tmp_path):
    shop.write(lines(60))
    old = shop.company.run()
    old_profile = shop.profile()
    grown = [*lines(60), *[f"n{n},c{n % 70},2026-07-{1 + n % 9:02} 10:00:00,p1,1,700" for n in range(80)]]
    undisturbed = type(shop)(tmp_path / "undisturbed")
    shutil.copytree(shop.base, undisturbed.base)
    undisturbed.write(grown)
    expected = undisturbed.company.run()
    shop.write(grown)
    for stage in STAGES:
        assert killed_at(shop, stage), f"the run was over before {stage} could be killed"
        assert Pointer.read(shop.company.root).run_id == old.run_id
        assert shop.profile() == old_profile
    result = shop.company.run()
    assert result.run_id == expected.run_id
    assert shop.profile() == undisturbed.profile()
    fresh = {name: made for name, _, _, made in result.stages}
    assert not fresh["unify"]
    assert not fresh["features"]
    assert fresh["snapshot"]
    assert not list(shop.stages.glob(".*")), "what killed runs left is cleared away"


def test_a_stage_that_fails_leaves_the_old_snapshot(shop, monkeypatch):
    shop.write(lines(30))
    first = shop.company.run()
    shop.write([*lines(30), "o9999,c1,2026-06-30 10:00:00,p1,1,500"])
    with monkeypatch.context() as patched:
        patched.setattr(Run, "snapshot", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            shop.company.run()
    assert shop.company.snapshot.pointer.run_id == first.run_id
    again = shop.company.run()
    assert [name for name, _, _, fresh in again.stages if fresh] == ["snapshot", "quality"]


def test_a_second_run_at_the_same_time_is_refused(shop):
    shop.write(lines(30))
    company = shop.company
    run = Run(company.base, company.root, company.settings, company.registry)
    with run.alone(), pytest.raises(NotReady, match="another run"):
        company.run()
    assert company.run().run_id


def test_asking_before_any_run_says_what_to_do(shop):
    shop.write(lines(5))
    with pytest.raises(NotReady, match="no run has finished yet") as problem:
        shop.company.ask("Q1")
    assert "dangol run" in problem.value.hint


def test_readers_of_the_old_snapshot_are_not_disturbed(shop):
    shop.write(lines(30))
    shop.company.run()
    reader = shop.company
    held, before = reader.snapshot, len(shop.profile())
    shop.write([*lines(30), "o9999,new-one,2026-06-30 10:00:00,p1,1,500"])
    shop.company.run()
    assert held.duck.value("select count(*) from profile") == before
    assert reader.snapshot.duck.value("select count(*) from profile") == before + 1


def test_the_past_can_be_described(shop):
    shop.write(lines(60))
    shop.company.run(as_of=datetime(2025, 9, 1))
    latest = shop.company.snapshot.duck.value("select max(last_ordered_at) from profile")
    assert latest < datetime(2025, 9, 1)
    months = [row[0].isoformat() for row in shop.company.ask("Q1")[1].rows]
    assert max(months) <= "2025-09-01"


def test_the_manifest_says_what_was_done(shop):
    shop.write(lines(30))
    result = shop.company.run()
    manifest = json.loads((shop.base / ".dangol" / "runs" / f"{result.run_id}.json").read_text())
    assert manifest["run_id"] == result.run_id
    every = {name: each.model() for name, each in shop.company.registry.predictions.items()}
    predicted = {name for name, each in every.items() if each.active and not each.only_with}
    assert "churn" in predicted
    assert "contract_churn" in set(every) - predicted, "a shop without contracts hears nothing of them"
    assert {stage[0] for stage in manifest["stages"]} == {"load", "warnings", *STAGES} | predicted
    assert set(manifest["cards"]) == predicted
