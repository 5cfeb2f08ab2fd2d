"""Firefox as its distribution ships it, driven by the protocol that it speaks itself.

Playwright drives a Firefox of its own making. The one that users have listens for WebDriver BiDi
(https://w3c.github.io/webdriver-bidi/), which is JSON on a WebSocket: nothing more is needed.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np
from websockets.sync.client import ClientConnection, connect

from rtseg.types import Image

_START_TIMEOUT_S = 40
_ANSWER_TIMEOUT_S = 30
_PREFERENCES: Mapping[str, bool | int | str] = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "media.autoplay.default": 0,
    # Nobody is there to say yes. Firefox's own camera is a moving pattern; it needs no device.
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    # A machine without a network has the loopback alone.
    "media.peerconnection.ice.loopback": True,
}


class FirefoxError(Exception):
    """Firefox did not do what it was told."""


def find_firefox() -> str | None:
    """Give the Firefox that RTSEG_FIREFOX names, or that is on the path; None if there is none."""
    named = os.environ.get("RTSEG_FIREFOX")
    return named or shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """A running Firefox with one tab; made by `launched`."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._count = 0
        capabilities = self._call("session.new", {"capabilities": {}})["capabilities"]
        self.version = str(capabilities["browserVersion"])
        (tab,) = self._call("browsingContext.getTree", {})["contexts"]
        self._tab = tab["context"]
        self._target = {"context": self._tab}
        self.errors: list[str] = []
        self._call("session.subscribe", {"events": ["log.entryAdded"]})

    def _call(self, method: str, parameters: Mapping[str, Any]) -> Any:
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=_ANSWER_TIMEOUT_S))
            if message.get("method") == "log.entryAdded":
                entry = message["params"]
                if entry["level"] == "error":
                    self.errors.append(f"{entry['text']} ({entry.get('stackTrace')})")
            if message.get("id") != self._count:
                continue
            if message["type"] == "error":
                raise FirefoxError(f"{method}: {message['error']}: {message['message']}")
            return message["result"]

    def first(self, function: str) -> None:
        """Run a function in every page from now on, before its own scripts."""
        self._call("script.addPreloadScript", {"functionDeclaration": function})

    def size(self, width: int, height: int) -> Self:
        """Make the window's inside this large, CSS pixels."""
        viewport = {"width": width, "height": height}
        self._call("browsingContext.setViewport", {"context": self._tab, "viewport": viewport})
        return self

    def open(self, url: str) -> None:
        """Go to an address, and wait until it is loaded."""
        self._call(
            "browsingContext.navigate", {"context": self._tab, "url": url, "wait": "complete"}
        )

    def evaluate(self, expression: str) -> Any:
        """Give what a JavaScript expression, or the promise that it is, comes to, as JSON."""
        result = self._call(
            "script.evaluate",
            {
                "expression": f"(async () => JSON.stringify(await ({expression})) ?? 'null')()",
                "target": self._target,
                "awaitPromise": True,
                "userActivation": True,
            },
        )
        if result["type"] == "exception":
            raise FirefoxError(result["exceptionDetails"]["text"])
        return json.loads(result["result"]["value"])

    def until(self, expression: str, within_s: float = 40.0) -> None:
        """Wait until an expression in the page is true."""
        deadline = time.monotonic() + within_s
        while not self.evaluate(expression):
            if time.monotonic() > deadline:
                raise FirefoxError(f"not within {within_s:g} s: {expression}")
            time.sleep(0.05)

    def choose_files(self, selector: str, files: list[Path]) -> None:
        """Let a person pick these files where the page asks for some."""
        found = self._call(
            "browsingContext.locateNodes",
            {"context": self._tab, "locator": {"type": "css", "value": selector}},
        )
        (node,) = found["nodes"]
        self._call(
            "input.setFiles",
            {
                "context": self._tab,
                "element": {"sharedId": node["sharedId"]},
                "files": [str(file) for file in files],
            },
        )

    def screenshot(self) -> Image:
        """Give what is on the screen; BGR."""
        data = self._call("browsingContext.captureScreenshot", {"context": self._tab})["data"]
        image = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        return np.asarray(image, np.uint8)


@contextlib.contextmanager
def launched(executable: str, profile: Path) -> Iterator[Firefox]:
    """Run Firefox without a window.

    Parameters
    ----------
    profile : an empty folder for what it writes.
    """
    lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in _PREFERENCES.items())
    (profile / "user.js").write_text("\n".join(lines))
    log = profile / "log.txt"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [
                executable,
                "--headless",
                "--no-remote",
                "--profile",
                str(profile),
                "--remote-debugging-port=0",
            ],
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        with connect(f"{_address(log, process)}/session", max_size=None) as socket:
            yield Firefox(socket)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        if said := re.search(r"BiDi listening on (ws://\S+)", log.read_text(errors="replace")):
            return said[1]
        time.sleep(0.1)
    raise FirefoxError(
        f"Firefox does not listen; it says: {log.read_text(errors='replace')[-500:]}"
    )
