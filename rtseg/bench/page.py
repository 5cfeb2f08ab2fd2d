"""A page under measurement: opens it, waits for the first mask, takes what it saw."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, Error, TimeoutError

from rtseg.bench import stamp
from rtseg.errors import BackendError

STAMP_EVERY = 5
"""One preview frame in so many has its stamp read: reading costs the page about a millisecond."""
FIRST_MASK_TIMEOUT_S = 30.0
_LOAD_TIMEOUT_MS = 20_000
_COLLECTOR = Path(__file__).with_name("collector.js")
_OUTCOME = """() => {
  const { state, latest } = window.__rtseg;
  if (latest?.objects.some(({ rings }) => rings.length > 0)) return "mask";
  const hasGivenUp = state.kind === "failed";
  return hasGivenUp || (state.kind === "reconnecting" && state.attempt > 2) ? "trouble" : null;
}"""
_WORDS = """() => ({
  state: window.__rtseg.state,
  said: [...document.querySelectorAll(".notice, [role=alert], [role=status]")]
    .filter((element) => element.checkVisibility())
    .map((element) => element.innerText.trim())
    .filter(Boolean),
})"""


class MeasuredPage:
    """The demo page in a window of its own.

    Parameters
    ----------
    browser : of `rtseg.bench.browser.launch`.
    url : of the server's page.
    viewport : (width, height), CSS pixels.
    parameters : of the page's address, beyond those that start it.
    first : a script that runs before any of the page's own.
    """

    def __init__(
        self,
        browser: Browser,
        url: str,
        viewport: tuple[int, int],
        parameters: Mapping[str, Any],
        *,
        first: Path | None = None,
    ) -> None:
        width, height = viewport
        context = browser.new_context(
            viewport={"width": width, "height": height}, permissions=["camera"]
        )
        if first is not None:
            context.add_init_script(path=str(first))
        self._page = context.new_page()
        self.errors: list[str] = []
        self._page.on("pageerror", lambda error: self.errors.append(str(error)))
        query = urlencode({"autostart": 1, "timing": 1, **parameters})
        try:
            self._page.goto(f"{url}?{query}", timeout=_LOAD_TIMEOUT_MS)
            self._page.wait_for_function("() => window.__rtseg", timeout=_LOAD_TIMEOUT_MS)
        except Error as error:
            raise BackendError(
                f"the page at {url} does not load, or is not the demo page (is it built? "
                f"`make page`): {error.message.splitlines()[0]}"
            ) from None
        self._page.evaluate(
            _COLLECTOR.read_text(),
            {
                "stampEvery": STAMP_EVERY,
                "cells": stamp.CELLS,
                "cellsPerWidth": stamp.CELLS_PER_WIDTH,
            },
        )

    def run(self, script: str, argument: Any = None) -> Any:
        """Run a script in the page, and give what it gives."""
        return self._page.evaluate(script, argument)

    def close(self) -> None:
        """Leave the page, as a user does who closes its window; it says goodbye to the server."""
        self._page.close(run_before_unload=False)
        self._page.context.close()

    def wait_for_mask(self) -> None:
        """Wait for the first outline.

        Raises
        ------
        BackendError
            None came; the message has what the page itself says.
        """
        try:
            outcome = self._page.wait_for_function(_OUTCOME, timeout=FIRST_MASK_TIMEOUT_S * 1000)
            if outcome.json_value() == "mask":
                return
            waited = ""
        except TimeoutError:
            waited = f" within {FIRST_MASK_TIMEOUT_S:g} s"
        raise BackendError(f"no mask came to the page{waited}; {self.words()}")

    def words(self) -> str:
        """What the page tells its user, and the state of its session."""
        found = self._page.evaluate(_WORDS)
        said = " / ".join(dict.fromkeys(" ".join(text.split()) for text in found["said"]))
        state = found["state"]
        problem = state.get("reason", state)
        why = f": {problem['message']}" if "message" in problem else ""
        errors = "".join(f"; error in the page: {error}" for error in self.errors[:3])
        return f"the page says: {said or 'nothing'} (session {state['kind']}{why}){errors}"

    def wait(self, seconds: float) -> None:
        """Let time pass while the browser's messages are heard."""
        self._page.wait_for_timeout(seconds * 1000)

    def statistics(self) -> Mapping[str, Any]:
        """The browser's WebRTC statistics now."""
        return dict(self._page.evaluate("() => window.__rtsegBench.statistics()"))

    def take(self) -> Mapping[str, Any]:
        """Everything that was collected so far."""
        return dict(self._page.evaluate("() => window.__rtsegBench.take()"))

    def connects(self) -> int:
        """How often the page has connected; more than once means that it lost the server."""
        return int(self._page.evaluate("() => window.__rtseg.counters.connects"))

    def clock_offset_ms(self, tries: int = 20) -> dict[str, float]:
        """Compare the page's clock with this process', which is the server's.

        The quickest of several questions bounds the difference by half of its time.
        """
        best = (float("inf"), 0.0)
        for _ in range(tries):
            before = time.time() * 1000
            page = float(self._page.evaluate("() => performance.timeOrigin + performance.now()"))
            after = time.time() * 1000
            best = min(best, (after - before, page - (before + after) / 2))
        return {"offset": round(best[1], 2), "uncertainty": round(best[0] / 2, 2)}

    def screenshot(self, file: Path) -> None:
        """Save what the page shows now."""
        self._page.screenshot(path=str(file))
