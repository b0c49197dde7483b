"""The company's `dangol.yaml`, ready to load every file it delivers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import yaml

from dangol.simulate.sheets import EVENT_FILE, EVENT_KEYS, SHEETS, Sheet

TABLES = {
    "mall_members": "customers",
    "pos_members": "customers",
    "mall_order_lines": "order_lines",
    "pos_order_lines": "order_lines",
    "mall_returns": "returns",
    "pos_returns": "returns",
    "mall_consents": "consents",
    "pos_consents": "consents",
    "mall_events": "events",
    "mall_messages": "messages",
    "mall_interactions": "interactions",
    "mall_feedback": "feedback",
    "mall_campaign_members": "campaign_members",
    "campaigns": "campaigns",
    "spend": "spend",
    "products": "products",
    "stores": "stores",
    "staff": "staff",
}
COMPANY = {"name": "한빛상회", "language": "ko", "zone": "Asia/Seoul", "currency": "KRW"}


def settings_text(names: Collection[str], *, korean: bool) -> str:
    """The settings file for the delivered files.

    Args:
        names: keys of `TABLES` that are delivered.
        korean: Korean office files or Parquet.
    """
    found = [korean_source(name) if korean else parquet_source(name) for name in TABLES if name in names]
    document = {"company": dict(COMPANY), "sources": found}
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)
    return text


def system_of(name: str) -> str:
    """Whose numbers a file holds: those of the mall, of the store cards, or nobody's."""
    system = name.split("_", 1)[0]
    return system if system in ("mall", "pos") else "main"


def parquet_source(name: str) -> dict[str, Any]:
    """A source of Parquet files with our own column names, moments in UTC."""
    files = [f"data/{name}-*.parquet"]
    return {"name": name, "system": system_of(name), "files": files, "table": TABLES[name], "zone": "UTC", "currency": "KRW"}


def korean_source(name: str) -> dict[str, Any]:
    """A source of Korean office files."""
    if name == "mall_events":
        columns = {column: key for key, column in EVENT_KEYS.items()}
        return {
            "name": name,
            "system": "mall",
            "files": [f"data/{EVENT_FILE}*.jsonl"],
            "table": "events",
            "zone": "Asia/Seoul",
            "columns": columns,
        }
    sheet = SHEETS[name]
    source: dict[str, Any] = {
        "name": name,
        "system": sheet.system,
        "files": [f"data/{sheet.file}*.{sheet.kind}"],
        "table": sheet.table,
    }
    return source | layout(sheet)


def layout(sheet: Sheet) -> dict[str, Any]:
    """What cannot be known from a file without looking."""
    found: dict[str, Any] = {"zone": "Asia/Seoul", "currency": "KRW"}
    if sheet.kind == "csv":
        found["encoding"] = sheet.encoding
    if sheet.title:
        found["header_row"] = sheet.header_row
    found["columns"] = {column: header for column, (header, _) in sheet.columns.items()}
    if sheet.constants:
        found["constants"] = dict(sheet.constants)
    return found
