"""Where the page's decoder runs: Node, and Chromium."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rtseg.bench.browser import launch
from rtseg.errors import BackendError
from rtseg.server.page import built

CANVASES = ((640, 360), (1280, 720))
"""(width, height) of the canvases that are drawn on, pixels."""

SCRIPT = "bench/decode.js"
"""What is measured, as the page's build makes it."""

_TIMEOUT_S = 300
_NODE = """
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
const [script, work] = process.argv.slice(-2);
const { run } = await import(pathToFileURL(script));
const times = run(JSON.parse(readFileSync(work, "utf-8")), []);
console.log(JSON.stringify({ agent: `Node ${process.version}`, times }));
"""
_ADDRESS = "https://rtseg.test/"
_ISOLATED = {
    # A page on its own is trusted with a clock that steps by 5 µs, others with one of 100.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
_CHROMIUM = """async ([work, sizes]) => {
  const { run } = await import("./decode.js");
  return run(work, sizes);
}"""

Measured = tuple[str, dict[str, Any]]
"""What ran it, and what web/bench says."""


def in_node(work: Sequence[Any]) -> Measured:
    """Measure in Node.

    Raises
    ------
    BackendError
        There is no Node, the page is not built, or it went wrong; the message says what to do.
    """
    script = built(SCRIPT)
    node = shutil.which("node")
    if node is None:
        raise BackendError("no Node was found on this machine; install Node 20 or newer")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "work.json"
        file.write_text(json.dumps(work), encoding="utf-8")
        command = [node, "--input-type=module", "-e", _NODE, "--", str(script), str(file)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False)
        except subprocess.TimeoutExpired:
            raise BackendError(f"Node did not finish within {_TIMEOUT_S} s") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise BackendError(f"Node stopped with exit code {done.returncode}: {said[-600:]}")
    answer = json.loads(done.stdout)
    return answer["agent"], answer["times"]


def in_chromium(work: Sequence[Any]) -> Measured:
    """Measure in a page of a headless Chromium.

    Raises
    ------
    BackendError
        There is no Chromium, the page is not built, or it went wrong; the message says what to do.
    """
    script = built(SCRIPT).read_text(encoding="utf-8")
    with launch(None) as browser:
        from playwright.sync_api import Error

        page = browser.new_page()
        page.set_default_timeout(_TIMEOUT_S * 1000)

        def answer(route: Any) -> None:
            is_script = route.request.url.endswith(".js")
            route.fulfill(
                body=script if is_script else "<!doctype html><title>rtseg</title>",
                content_type="text/javascript" if is_script else "text/html",
                headers=_ISOLATED,
            )

        page.route(f"{_ADDRESS}**", answer)
        try:
            page.goto(_ADDRESS)
            times = page.evaluate(_CHROMIUM, [list(work), [list(size) for size in CANVASES]])
        except Error as error:
            raise BackendError(f"the benchmark failed in Chromium: {error.message}") from None
        return f"Chromium {browser.version}", dict(times)
