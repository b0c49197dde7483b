"""The web face: server-rendered pages for marketers, the API beside them, and the guard in front of both."""

from dangol.faces.web.app import create_app

__all__ = ["create_app"]
