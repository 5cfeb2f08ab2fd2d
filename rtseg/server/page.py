"""The pages and the API's documentation, served from files inside the package."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, Response
from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from rtseg.errors import BackendError

PAGE = Path(__file__).parent / "page"

_FILES = {"images": "images.html", "example": "example.html", "favicon.ico": "favicon.svg"}
"""Paths that name no file. A browser asks for the icon by that name where a page names none."""

_NOT_BUILT = """<!doctype html><meta charset="utf-8"><title>rtseg</title>
<p>The server runs, but its page is not built. In a checkout, <code>make page</code> builds it;
an installed package brings it along. The API is at <a href="/docs">/docs</a>.</p>"""


def built(name: str = "index.html") -> Path:
    """Find a file that the page's build makes.

    Raises
    ------
    BackendError
        It is not there; the message says how it comes.
    """
    if not (file := PAGE / name).is_file():
        raise BackendError(
            f"expected the built page at {file}, got none; in a checkout, `make page` builds it, "
            "and an installed package brings it along"
        )
    return file


class _Files(StaticFiles):
    """Built files carry a hash in their names and may be kept; the pages are asked for anew."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        try:
            return super().lookup_path(_FILES.get(path, path))
        except (OSError, ValueError):  # a name that no file can have: too long, a NUL
            return "", None

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        is_hashed = path.startswith("assets/") and response.status_code == 200
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if is_hashed else "no-cache"
        )
        return response


class _Page(Mount):
    """Takes only the paths of files.

    A mount takes whatever is left: of a GET of what takes POST alone it would say that nothing is
    there, and of any path that it takes GET.
    """

    def __init__(self, files: StaticFiles) -> None:
        super().__init__("/", files, name="page")
        self._files = files

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, inner = super().matches(scope)
        if match is Match.NONE or scope["type"] != "http":
            return Match.NONE, {}
        _, found = self._files.lookup_path(self._files.get_path({**scope, **inner}))
        return (match, inner) if found else (Match.NONE, {})


def install(app: FastAPI) -> None:
    """Serve the live page at `/`, the one for pictures at `/images`, the example, and `/docs`.

    What `/docs` loads was put beside the page by its build, so it works without internet.
    """

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=app.openapi_url or "/openapi.json",
            title="rtseg API",
            swagger_js_url="/docs-assets/swagger-ui-bundle.js",
            swagger_css_url="/docs-assets/swagger-ui.css",
            swagger_favicon_url="/favicon.svg",
        )

    @app.get("/images/", include_in_schema=False)
    async def images(request: Request) -> Response:
        # Relative: behind a proxy that serves all this below a path, only the browser knows it.
        query = f"?{request.url.query}" if request.url.query else ""
        return Response(status_code=307, headers={"Location": f"../images{query}"})

    if (PAGE / "index.html").is_file():
        app.router.routes.append(_Page(_Files(directory=PAGE, html=True)))
        return

    @app.get("/", include_in_schema=False)
    async def not_built() -> HTMLResponse:
        return HTMLResponse(_NOT_BUILT, status_code=503)
