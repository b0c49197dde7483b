"""Runs that start by themselves: when they are due, that missed ones are made up for once, and what is kept of every run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dangol.core.errors import ConfigError, SourceError
from dangol.workspace.attempts import Attempts
from dangol.workspace.company import Company
from dangol.workspace.schedule import Watch, next_due
from dangol.workspace.settings import DAYS, Schedule

ZONES = ("Asia/Seoul", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC")


@given(
    at=st.lists(st.times().map(lambda time: time.strftime("%H:%M")), min_size=1, max_size=4),
    days=st.lists(st.sampled_from(DAYS), min_size=1, unique=True),
    after=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),
    zone=st.sampled_from(ZONES),
)
def test_the_next_run_is_the_first_that_the_clock_shows(at, days, after, zone):
    due = next_due(Schedule(at=tuple(at), days=tuple(days)), after, zone)
    local = due.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    assert after < due <= after + timedelta(days=8, hours=1)
    shown = {
        local.strftime("%H:%M"),
        (local - timedelta(hours=1)).strftime("%H:%M"),
        (local - timedelta(minutes=30)).strftime("%H:%M"),
    }
    assert shown & set(at)
    # Nothing that the clock shows lies between.
    minute = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while minute < due and minute < after + timedelta(hours=30):
        clock = minute.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
        missed = clock.strftime("%H:%M") in at and DAYS[clock.weekday()] in days and clock.fold == 0
        assert not missed, (minute, due)
        minute += timedelta(minutes=1)


def test_a_time_that_the_clock_skips_comes_an_hour_later():
    # New York skips 02:00 to 03:00 on 2026-03-08.
    due = next_due(Schedule(at=("02:30",)), datetime(2026, 3, 8, 5), "America/New_York")
    assert due == datetime(2026, 3, 8, 7, 30)


def test_times_are_read_as_they_are_written():
    assert Schedule(at=[630, "06:00"]).at == ("06:00", "10:30")
    assert next_due(Schedule(), datetime(2026, 1, 1), "UTC") is None
    with pytest.raises(ValidationError, match="no time of day"):
        Schedule(at=["25:00"])


def test_missed_runs_are_made_up_for_once(tmp_path):
    moment = [datetime(2026, 5, 1, 0, 0)]
    started = []

    def start(_base, root):
        started.append(moment[0])
        Attempts(root).begin()

    watch = Watch(tmp_path, tmp_path / ".dangol", Schedule(at=("06:00",)), "UTC", start=start, clock=lambda: moment[0])
    assert not watch.look()
    moment[0] = datetime(2026, 5, 4, 9, 0)
    assert watch.look()
    assert not watch.look()
    assert started == [datetime(2026, 5, 4, 9, 0)]


def test_a_scheduled_run_is_a_process_of_its_own_and_tells_what_changed(shop):
    row = "O{n},C{c},2026-0{m}-05 12:00,P1,1,{a}"
    rows = [row.format(n=number, c=number % 7, m=1 + number % 6, a=100 + number) for number in range(40)]
    shop.write(rows)
    company = shop.company
    company.run()
    (shop.base / "lines.csv").write_text(
        "\n".join(["order_id,customer_ref,ordered_at,product_id,quantity,net_amount", *rows, row.format(n=90, c=9, m=6, a=5)])
        + "\n"
    )
    later = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=2)
    watch = Watch(shop.base, shop.base / ".dangol", Schedule(at=("00:00",)), "Asia/Seoul", clock=lambda: later)
    assert watch.look()
    last = company.attempts.last
    assert not last.failed
    assert last.finished_at > last.started_at
    assert (last.change("customer"), last.change("order"), last.figures["files"]) == (1, 1, 1)
    assert last.run_id == Company.open(shop.base).snapshot.pointer.run_id


def test_what_stopped_a_run_is_kept_in_both_languages(shop):
    shop.write(["O1,C1,2026-01-05 12:00,P1,1,100"])
    company = shop.company
    (shop.base / "lines.csv").unlink()
    with pytest.raises(SourceError):
        company.run()
    last = Company.open(shop.base).attempts.last
    assert last.failed
    assert "lines.csv" in last.problem
    assert last.finished_at


def test_broken_settings_are_told_by_a_scheduled_run(shop):
    shop.write(["O1,C1,2026-01-05 12:00,P1,1,100"])
    moment = [datetime(2026, 5, 1)]
    watch = Watch(shop.base, shop.base / ".dangol", Schedule(at=("00:00",)), "Asia/Seoul", clock=lambda: moment[0])
    moment[0] += timedelta(days=2)
    (shop.base / "dangol.yaml").write_text("company: 7\n")
    assert watch.look()
    assert "dangol.yaml" in f"{Attempts(shop.base / '.dangol').last.problem}"


def test_running_by_schedule_without_one_is_said(shop, cli):
    shop.write(["O1,C1,2026-01-05 12:00,P1,1,100"])
    status, said = cli("run", "--scheduled", "--folder", str(shop.base))
    assert status != 0
    assert "nothing is scheduled" in said
    settings = shop.base / "dangol.yaml"
    settings.write_text(settings.read_text() + 'schedule: {at: ["6 am"]}\n')
    with pytest.raises(ConfigError, match="no time of day"):
        Company.open(shop.base)
