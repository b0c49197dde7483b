"""Accounts: the list as a tree with sales rolled up, and one account with its people."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dangol.core.errors import UnknownName, told
from dangol.faces.web.show import Pages


def routes(pages: Pages) -> APIRouter:
    """The pages of accounts."""
    router = APIRouter()

    @router.get("/accounts")
    def accounts(request: Request) -> HTMLResponse:
        """All accounts as trees, those that bought most first."""
        branches, total = pages.company.belonging.accounts()
        return pages.show(request, "accounts.html", branches=branches, total=total, tree=None)

    @router.get("/accounts/{account_id}")
    def account(request: Request, account_id: int) -> HTMLResponse:
        """One account in its tree."""
        tree = pages.company.belonging.tree(account_id) if pages.company.belonging.accounts(1)[1] else None
        if tree is None:
            raise UnknownName(
                told("unknown account {number}", number=str(account_id)), hint=told("look it up in the list of accounts")
            )
        return pages.show(request, "accounts.html", branches=tree.branches, total=len(tree.branches), tree=tree)

    return router
