"""Files dropped into `dangol add`: what is printed, written and loaded, on invented and on real data."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

from dangol.core.engine import Duck
from dangol.core.errors import SourceError
from dangol.faces.cli import app
from dangol.intake import accepted
from dangol.workspace.adding import add_sources, understand
from dangol.workspace.company import Company
from dangol.workspace.invented import invent
from dangol.workspace.settings import load_settings
from dangol.workspace.starting import start_company, with_entries

MEMBERS = "회원번호,이름,휴대폰번호,비고\n" + "".join(f"M{place:03d},김하나,010-1234-{place:04d},\n" for place in range(60))
HEADINGS = "주문번호,주문일시,회원번호,상품번호,상품명,수량,결제금액,수취인명,수취인연락처\n"
ORDERS = HEADINGS + "".join(
    f"O{place:03d},2026-03-{place % 28 + 1:02d} 10:00:00,M{place % 60:03d},P{place % 4},커피,1,"
    f'"{1000 + place:,}원",박받음,010-9999-0000\n'
    for place in range(120)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    base = tmp_path / "가게"
    start_company(base, name="가게", zone="Asia/Seoul", currency="KRW", language="ko")
    (base / "data" / "회원.csv").write_text(MEMBERS, encoding="cp949")
    (base / "data" / "주문_2026-03.csv").write_text(f"우리 가게 주문 내역,,,,,,,,\n{ORDERS}", encoding="utf-8")
    return base


def files_of(base: Path) -> list[Path]:
    return sorted((base / "data").iterdir())


def dangol(*words: object, lang: str = "en") -> tuple[int, str]:
    done = CliRunner().invoke(app, ["--lang", lang, *map(str, words)])
    return done.exit_code, done.output + ("" if done.exception is None else str(done.exception))


def test_a_dry_run_shows_everything_and_writes_nothing(folder: Path) -> None:
    before = (folder / "dangol.yaml").read_text(encoding="utf-8")
    code, korean = dangol("add", *files_of(folder), "--folder", folder, "--dry-run", lang="ko")
    assert code == 0
    assert all(
        each in korean
        for each in ("주문 상품 (order_lines)", "customer_ref (고객 번호)", "머리글과 값이 일치", "미사용", "회원번호 값의 100")
    )
    assert (folder / "dangol.yaml").read_text(encoding="utf-8") == before
    _, english = dangol("add", *files_of(folder), "--folder", folder, "--dry-run")
    assert "header and values agree" in english


def test_what_is_said_to_be_kept_as_attributes_is_what_a_load_keeps(folder: Path) -> None:
    """Leads beyond our columns, one of them named like a column that is filled already; personal ones are not used."""
    headers = "Lead Number,Lead Source,Lead Origin,업종 분류,담당자명,Contact mail,Visits,Converted"
    rows = [
        f"L{n},검색,{'API' if n % 2 else 'Form'},{'제조' if n % 3 else ''},김하나,p{n}@example.com,{n % 7},{n % 2}"
        for n in range(60)
    ]
    path = folder / "data" / "leads.csv"
    path.write_text("\n".join([headers, *rows]), encoding="utf-8")
    code, said = dangol("add", path, "--folder", folder, "--yes", lang="ko")
    assert code == 0
    assert said.count("속성으로 보관") == 3
    text = (folder / "dangol.yaml").read_text(encoding="utf-8")
    (kept,) = re.findall(r"# 속성으로 보관: (.*)", text)
    Company.open(folder).load()
    (file,) = (folder / ".dangol" / "tables" / "leads").glob("*.parquet")
    loaded = json.loads(pq.read_table(file)["attributes"][1].as_py())
    assert loaded == {"Lead Origin": "API", "업종 분류": "제조", "Visits": "1"}
    assert kept.split(", ") == list(loaded)
    assert "email: Contact mail" in text
    assert "# 사용하지 않음: 담당자명\n" in text


def test_what_is_written_is_readable_loads_and_is_written_once(folder: Path) -> None:
    added = add_sources(folder, files_of(folder))
    assert [name for name, _ in added] == ["주문_2026_03", "회원"]
    text = (folder / "dangol.yaml").read_text(encoding="utf-8")
    assert "# 사용하지 않음: 수취인명, 수취인연락처" in text
    assert "# 데이터 원천: 파일 또는 데이터베이스." in text
    orders = load_settings(folder).sources[0]
    assert orders.columns["customer_ref"] == "회원번호"
    assert not {"수취인명", "수취인연락처"} & set(orders.columns.values())
    company = Company.open(folder)
    company.run()
    assert company.ready
    assert company.quality().rows_loaded == 180
    assert add_sources(folder, files_of(folder)) == []
    assert (folder / "dangol.yaml").read_text(encoding="utf-8") == text


def test_files_that_nothing_fits_are_written_as_comments_once(folder: Path) -> None:
    (folder / "data" / "표.csv").write_text("색,맛\n빨강,단맛\n파랑,쓴맛\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(SourceError, match=r"표\.csv"):
            add_sources(folder, files_of(folder))
    text = (folder / "dangol.yaml").read_text(encoding="utf-8")
    assert text.count("# - name: 표") == 1
    assert len(load_settings(folder).sources) == 2


def test_a_doubtful_identifier_is_left_out_and_a_load_does_not_take_it_either(folder: Path) -> None:
    rows = "".join(f"M{place:03d},김하나,상담 {place}\n" for place in range(40))
    (folder / "data" / "회원2.csv").write_text(f"회원번호,이름,연락처\n{rows}", encoding="utf-8")
    add_sources(folder, [folder / "data" / "회원2.csv"])
    (source,) = load_settings(folder).sources
    assert "phone" not in source.columns
    assert source.ignore == ("연락처",)
    company = Company.open(folder)
    company.load()
    assert [column.name for table in company.quality().tables for column in table.columns if column.name == "phone"] == []


def test_machines_read_what_was_understood(folder: Path) -> None:
    code, text = dangol("add", *files_of(folder), "--folder", folder, "--json", "--dry-run")
    found = json.loads(text)
    assert code == 0
    assert {each["table"] for each in found["sources"]} == {"order_lines", "customers"}
    reading = next(each for each in found["sources"][0]["readings"] if each["header"] == "수취인명")
    assert (reading["column"], reading["status"]) == ("", "ignored")
    assert found["relations"][0]["share"] == 1.0


def test_somebody_at_a_terminal_is_asked_about_what_is_doubtful(folder: Path) -> None:
    rows = "".join(f"M{place:03d},user{place}@example.com\n" for place in range(40))
    (folder / "data" / "명단.csv").write_text(f"회원번호,F1\n{rows}", encoding="utf-8")
    ours, theirs = pty.openpty()
    start = "from dangol.faces.cli import main; main()"
    command = [sys.executable, "-c", start, "--lang", "en", "add", str(folder / "data" / "명단.csv"), "--folder", str(folder)]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        os.write(ours, b"y\ny\n")
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "does 'F1' hold email (E-mail)?" in said
    assert load_settings(folder).sources[0].columns["email"] == "F1"


def test_entries_keep_the_indentation_of_the_list_they_join(folder: Path) -> None:
    path = folder / "dangol.yaml"
    text = (
        path.read_text(encoding="utf-8").replace("sources: []", "sources:\n- name: a\n  files: [a.csv]\n") + "\npredictions: {}\n"
    )
    entry = "# words\n- name: b\n  files: [b.csv]"
    settings = yaml.safe_load(with_entries(text, [entry]))
    assert [each["name"] for each in settings["sources"]] == ["a", "b"]
    assert settings["predictions"] == {}


def test_the_last_good_data_serve_while_a_source_has_changed(folder: Path) -> None:
    add_sources(folder, files_of(folder))
    company = Company.open(folder)
    company.run()
    before = company.snapshot.pointer
    (folder / "data" / "회원.csv").write_text(MEMBERS.replace("휴대폰번호", "연락수단"), encoding="cp949")
    with pytest.raises(SourceError) as stopped:
        Company.open(folder).run()
    assert "휴대폰번호" in str(stopped.value)
    assert "optional" in str(stopped.value)
    assert Company.open(folder).snapshot.pointer == before


# real data


def company_of(tmp_path: Path, currency: str, zone: str) -> Path:
    base = tmp_path / "company"
    start_company(base, name="Company", zone=zone, currency=currency, language="en")
    return base


def total(company: Company, table: str, value: str, where: str = "true") -> Decimal:
    with Duck(memory_limit="2GB", threads=1) as duck:
        return duck.value(f"select sum({value}) from ({duck.text(accepted(company.root, table))}) where {where}")


@pytest.mark.real_data
@pytest.mark.slow
def test_online_retail_loads_without_a_correction(tmp_path: Path, shared_data: Path) -> None:
    base = company_of(tmp_path, "GBP", "Europe/London")
    add_sources(base, [shared_data / "online_retail_2010_2011" / "transactions.parquet"])
    company = Company.open(base)
    result = company.run()
    report = result.intake
    assert (report.total("rows_in"), report.total("rows_moved"), report.total("rows_quarantined")) == (541_909, 10_624, 2)
    (quarantine,) = (company.root / "quarantine").glob("*/*.parquet")
    with Duck(memory_limit="1GB", threads=1) as duck:
        refused = sum(Decimal(row["value"]) for row in duck.rows(f"select value from '{quarantine}'"))
    net = total(company, "order_lines", "net_amount") - total(company, "returns", "refund_amount") + refused
    assert round(net) == 9_747_748
    assert total(company, "returns", "1", "order_id like 'C%'") == 9_288
    assert company.ready


@pytest.mark.real_data
@pytest.mark.slow
def test_complete_journey_is_recognised(tmp_path: Path, shared_data: Path) -> None:
    base = company_of(tmp_path, "USD", "America/New_York")
    with pytest.raises(SourceError, match=r"coupons\.parquet"):
        add_sources(base, sorted((shared_data / "complete_journey").glob("*.parquet")))
    assert {source.preset for source in load_settings(base).sources} == {"complete_journey"}
    company = Company.open(base)
    result = company.run()
    rows = {each.table: each.rows[each.table] for each in result.intake.loaded}
    assert (rows["order_lines"], rows["customers"], rows["campaign_members"]) == (1_469_307, 801, 6_589)
    assert round(total(company, "order_lines", "net_amount")) == 4_596_040
    assert company.ready


@pytest.mark.real_data
def test_gms_loads_and_its_wide_spend_file_is_left_to_a_person(tmp_path: Path, shared_data: Path) -> None:
    base, data = company_of(tmp_path, "USD", "America/New_York"), shared_data / "gms_ecommerce_2019"
    with pytest.raises(SourceError, match=r"marketing_spend\.parquet"):
        add_sources(base, [data / "customers.parquet", data / "online_sales.parquet", data / "marketing_spend.parquet"])
    settings = (base / "dangol.yaml").read_text(encoding="utf-8")
    assert "# - name: marketing_spend" in settings
    correction = "\n".join(
        f"- name: {each.lower()}\n  files: [{data / 'marketing_spend.parquet'}]\n  table: spend\n"
        f"  columns: {{cost: {each}_Spend}}\n  constants: {{channel: {each}}}"
        for each in ("Offline", "Online")
    )
    (base / "dangol.yaml").write_text(with_entries(settings, [correction]), encoding="utf-8")
    company = Company.open(base)
    loaded = company.load()
    assert sorted(each.rows_loaded for each in loaded.loaded) == [365, 365, 1_468, 52_924]
    assert round(total(company, "spend", "cost", "channel = 'Offline'")) == 1_037_900
    rows = next(each.rows for each in loaded.loaded if each.table == "order_lines")
    assert (rows["orders"], rows["products"]) == (25_061, 1_145)


@pytest.mark.real_data
@pytest.mark.slow
def test_telecom_loads_and_its_bad_key_is_told(tmp_path: Path, shared_data: Path) -> None:
    base, data = company_of(tmp_path, "INR", "Asia/Kolkata"), shared_data / "telecom_bills_complaints"
    files = [data / "bills.parquet", data / "complaints.parquet"]
    code, said = dangol("add", *files, "--folder", base)
    assert code == 0, said
    assert "! complaints: only 6.0 % of the values of cust_id occur in bills" in said
    corrections = ("order_id=cust_id", "customer_ref=cust_id", "ordered_at=act_active_dt", "net_amount=bill_amt")
    code, said = dangol(
        "add", files[0], "--folder", base, "--table", "orders", *(word for each in corrections for word in ("-c", each))
    )
    assert code == 0, said
    company = Company.open(base)
    company.run()
    assert {table.name: table.rows for table in company.quality().tables} == {
        "customers": 9_389,
        "orders": 9_389,
        "interactions": 6_587,
    }
    assert company.ready


@pytest.mark.real_data
def test_maven_accounts_and_opportunities_load_and_hang_together(tmp_path: Path, shared_data: Path) -> None:
    base, data = company_of(tmp_path, "USD", "America/New_York"), shared_data / "maven_crm_b2b"
    names = ("accounts", "products", "sales_pipeline", "sales_teams")
    understood = understand(base, [data / f"{each}.parquet" for each in names])
    shares = {each.column: round(each.share, 2) for each in understood.relations}
    assert shares == {"account_ref": 1.0, "staff_id": 1.0, "product_id": 0.86}
    add_sources(base, [data / f"{each}.parquet" for each in names])
    company = Company.open(base)
    company.load()
    rows = {table.name: table.rows for table in company.quality().tables}
    assert rows == {"accounts": 85, "products": 7, "opportunities": 8_800, "staff": 35}
    assert total(company, "opportunities", "1", "stage = 'Won'") == 4_238


@pytest.mark.slow
def test_the_invented_korean_company_needs_no_correction(tmp_path: Path) -> None:
    given = tmp_path / "given"
    truth = invent(given, customers=1_000, seed=3, years=1.0, last_day=datetime(2026, 10, 31), events=0.2)
    base = company_of(tmp_path, "KRW", "Asia/Seoul")
    understood = understand(base, sorted((given / "data").iterdir()))
    declared = {source.table: [] for source in load_settings(given).sources}
    for source in load_settings(given).sources:
        declared[source.table].append({**source.columns})
    for proposal in understood.proposals:
        assert proposal.table is not None
        assert dict(proposal.columns) in declared[proposal.table.name], proposal.name
        assert not proposal.asked
    assert {"main", "system_2"} == {each.system for each in understood.proposals}
    add_sources(base, sorted((given / "data").iterdir()))
    company = Company.open(base)
    company.run()
    assert company.ready
    loaded = sum(table.rows for table in company.quality().tables if table.name == "order_lines")
    assert loaded == truth.rows["mall_order_lines"] + truth.rows["pos_order_lines"]
