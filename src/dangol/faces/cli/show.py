"""Commands that show: serve, report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from dangol.faces.cli.console import HERE, FolderOption, terminal
from dangol.faces.cli.opening import opened
from dangol.faces.report import write_report
from dangol.faces.web import create_app
from dangol.faces.web.security import check_binding


def serve(
    folder: FolderOption = HERE,
    host: Annotated[str, typer.Option(help="Address to serve on; others than this machine's own need a token.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to serve on.", min=1, max=65535)] = 8000,
    token: Annotated[str, typer.Option(help="Secret that visitors must know.", envvar="DANGOL_TOKEN", show_envvar=True)] = "",
    write_key: Annotated[
        str,
        typer.Option(
            help="Secret with which a shop may send events and see nothing.", envvar="DANGOL_WRITE_KEY", show_envvar=True
        ),
    ] = "",
) -> None:
    """Open the pages and the API of a company in the browser; runs start by themselves where dangol.yaml has a schedule."""
    check_binding(host, token, write_key)
    company = opened(folder)
    application = create_app(company, token=token, write_key=write_key)
    if company.ready:
        _ = company.snapshot  # opened now, so that the first visitor does not wait for it
    shown = f"[{host}]" if ":" in host else host
    terminal.say("{name}: http://{address}  (stop with Ctrl+C)", name=company.settings.company.name, address=f"{shown}:{port}")
    watch = company.watch
    if watch.due() is not None:
        watch.begin()
    uvicorn.run(application, host=host, port=port, log_level="warning", server_header=False)


def report(
    to: Annotated[Path, typer.Option("--to", help="File to write, such as report.html.")],
    folder: FolderOption = HERE,
) -> None:
    """Write everything the current snapshot says into one HTML file: answers, charts, models, campaign results."""
    size = write_report(opened(folder), to, terminal.language)
    terminal.say("Wrote {file} ({size:count} KB)", file=str(to), size=max(size // 1000, 1))
