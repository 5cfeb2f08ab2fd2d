"""The pages and the API's documentation, served from files inside the package."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PAGE = Path(__file__).parent / "page"

_NOT_BUILT = """<!doctype html><meta charset="utf-8"><title>rtseg</title>
<p>The server runs, but its page is not built. In a checkout, <code>make page</code> builds it;
an installed package brings it along. The API is at <a href="/docs">/docs</a>.</p>"""


class _Files(StaticFiles):
    """Built files carry a hash in their names and may be kept; the pages are asked for anew."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        # A page's addresses are relative to its own, so /images/ could not show the same page.
        is_images = path == "images" and not scope["path"].endswith("/")
        response = await super().get_response("images.html" if is_images else path, scope)
        is_hashed = path.startswith("assets/") and response.status_code == 200
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if is_hashed else "no-cache"
        )
        return response


def install(app: FastAPI) -> None:
    """Serve the live page at `/`, the one for pictures at `/images`, and `/docs`.

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
        app.mount("/", _Files(directory=PAGE, html=True), name="page")
        return

    @app.get("/", include_in_schema=False)
    async def not_built() -> HTMLResponse:
        return HTMLResponse(_NOT_BUILT, status_code=503)
