"""The state of the data as faces read it: measured once, late sources told with every answer, everything in both languages."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from dangol.core.errors import NotReady
from dangol.core.text import LANGUAGES
from dangol.intake.quality import RULES, Finding
from dangol.intake.quality.score import Loss
from dangol.workspace.company import Company
from dangol.workspace.quality_wording import LOST, WORDINGS, Speaker

LINES = [f"o{place},c{place % 7},2026-{1 + place % 6:02d}-11 10:12:00,p{place % 3},1,{1000 + place}" for place in range(60)]
VALUES = {
    "expected": 100, "found": 3, "days": 2, "hours": 9, "later": True, "quiet_from": "10:00", "quiet_to": "16:00", "before": 0.6,
    "after": 0.1, "factor": 1000, "up": False, "what": "오류", "all": 500, "good": 20, "share": 0.3, "other": "mall",
    "reason": "future", "every": 7.0, "last": "2026-05-01T00:00:00", "overdue": 3.0,
}  # fmt: skip


@pytest.mark.parametrize("kind", WORDINGS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_is_said_in_both_languages(kind: str, language: str) -> None:
    finding = Finding(kind, "validity", "low", "mall", "orders", "ordered_at", "2026-05-01", "2026-05-03", 480, 1000.0, VALUES)
    told = Speaker(language, "KRW", "Asia/Seoul").finding(finding)
    assert all((told.title, told.place, told.what, told.to_do))
    assert "{" not in told.what + told.to_do
    assert told.to_do.endswith(("십시오.", "집계됩니다.", "니다.", "."))


@pytest.mark.parametrize("kind", [*LOST, *WORDINGS])
def test_every_loss_is_said(kind: str) -> None:
    said = Speaker("ko", "KRW", "Asia/Seoul").loss(Loss("validity", kind, "orders", "status", 0.25, 25.0))
    assert "25" in said or kind == "late"


@pytest.fixture
def shop_ran(shop):
    shop.write(LINES)
    shop.company.run()
    return shop


def test_measured_once(shop_ran) -> None:
    health = shop_ran.company.health()
    assert health.state.revenue.sold == sum(1000 + place for place in range(60))
    assert not any(fresh for name, _, _, fresh in shop_ran.company.run().stages if name == "quality")
    (folder,) = shop_ran.stages.glob("quality-*")
    before = (folder / "quality.json").stat().st_mtime_ns
    shop_ran.company.health(fresh=True)
    assert (folder / "quality.json").stat().st_mtime_ns == before


def test_a_page_does_not_wait_for_what_was_loaded_since(shop_ran) -> None:
    rows = (shop_ran.base / "lines.csv").read_text(encoding="utf-8")
    (shop_ran.base / "lines.csv").write_text(rows + "o99,c1,2026-06-20 09:00:00,p1,1,5000\n", encoding="utf-8")
    company = shop_ran.company
    company.load()
    assert company.health().state.report.rows_in == 60
    assert company.health(fresh=True).state.report.rows_in > 60


def test_before_anything_was_loaded(shop) -> None:
    shop.write(LINES)
    with pytest.raises(NotReady):
        shop.company.health()


def test_a_late_source_makes_every_answer_that_reads_it_less_sure(shop_ran) -> None:
    _, before = shop_ran.company.ask("customers_by_stage")
    assert "late_source" not in before.trust.reasons
    settings = (shop_ran.base / "dangol.yaml").read_text(encoding="utf-8")
    (shop_ran.base / "dangol.yaml").write_text(settings.replace("table: order_lines}", "table: order_lines, refresh_days: 1}"))
    manifest = shop_ran.base / ".dangol" / "intake.json"
    listed = json.loads(manifest.read_text(encoding="utf-8"))
    long_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=9)
    for each in listed["deliveries"]:
        each["loaded_at"] = long_ago.isoformat(timespec="seconds")
    manifest.write_text(json.dumps(listed), encoding="utf-8")
    company = Company.open(shop_ran.base)
    _, after = company.ask("customers_by_stage")
    assert "late_source" in after.trust.reasons
    assert after.trust.level != "good"
    health = company.health()
    assert [each.kind for each in health.findings] == ["late"]
    assert next(each for each in health.scores if each.source == "shop").dimensions["timeliness"] < 1
    assert company.doctor.late(company.sources)["order_lines"] == ("shop",)


def test_owner_rhythm_and_legal_basis_load_nothing_anew(shop_ran) -> None:
    settings = (shop_ran.base / "dangol.yaml").read_text(encoding="utf-8")
    said = "table: order_lines, owner: CRM, refresh_days: 7, legal_basis: contract}"
    (shop_ran.base / "dangol.yaml").write_text(settings.replace("table: order_lines}", said), encoding="utf-8")
    company = shop_ran.company
    assert company.load().loaded == ()
    (card,) = company.health().cards
    assert card.settings is not None
    assert (card.settings.owner, card.settings.legal_basis, card.rhythm.every) == ("CRM", "contract", 7)
    assert set(card.alone) == {"orders", "order_lines"}


def test_money_in_doubt(shop) -> None:
    rows = [*LINES, "o70,guest,2026-06-20 09:00:00,p1,1,5000", "o71,,2026-06-20 09:00:00,p1,1,700", "o72,c1,soon,p1,1,90"]
    shop.write([*rows, "o73,c1,2026-06-20 09:10:00,test,1,40"])
    shop.company.run()
    health = shop.company.health()
    stakes = {each.kind: (each.money, each.rows) for each in health.stakes(None)}
    assert stakes["nobody"][0] == 5700
    assert stakes["quarantine"] == (90, 1)
    assert stakes["left_out"][0] == 40
    assert set(RULES) == {each.rule for each in health.state.effects}
