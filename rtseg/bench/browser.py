"""A headless Chromium whose camera is a file.

``python -m rtseg.bench.browser`` says which one would be used, and whether it starts.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rtseg.errors import BackendError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_PROGRAMS = (
    "/usr/bin/chromium",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)

_ARGUMENTS = (
    "--use-fake-ui-for-media-stream",  # the camera is allowed without being asked for
    "--use-fake-device-for-media-stream",
    # Several pages side by side are all looked at: none may be slowed down as if it were not.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    # Nothing of its own may take the processor while something is measured.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--mute-audio",
)


def find_chromium(
    environ: Mapping[str, str] = os.environ,
    which: Callable[[str], str | None] = shutil.which,
) -> str | None:
    """Find a Chromium: `RTSEG_CHROMIUM`, else one on this machine; None leaves it to playwright.

    Raises
    ------
    BackendError
        `RTSEG_CHROMIUM` names no program.
    """
    if wanted := environ.get("RTSEG_CHROMIUM"):
        if found := which(wanted):
            return found
        raise BackendError(
            f"RTSEG_CHROMIUM is {wanted!r}, and there is no such program; set it to the path of a "
            "Chromium or Chrome, or unset it"
        )
    return next((found for name in _PROGRAMS if (found := which(name))), None)


def check_browser() -> None:
    """Find out whether a browser could be started, without starting it.

    Raises
    ------
    BackendError
        There is no playwright, or `RTSEG_CHROMIUM` names no program.
    """
    if find_spec("playwright") is None:
        raise BackendError(
            "playwright, which drives the browser, is not installed; "
            'run: pip install "rtseg[bench]"'
        )
    find_chromium()


@contextlib.contextmanager
def launch(
    camera: Path | None, *, arguments: Sequence[str] = (), headless: bool = True
) -> Iterator[Browser]:
    """Run Chromium, for as long as the context is open.

    Each page that is to be looked at in its own right needs a context of its own
    (`browser.new_context(permissions=["camera"])`): tabs of one window hide each other.

    Parameters
    ----------
    camera : a .y4m or .mjpeg file, played in a loop; None is Chromium's own test picture.
    arguments : further command line flags.
    headless : without a window.

    Raises
    ------
    BackendError
        There is no playwright, no Chromium, or it does not start; the message says what to do.
    """
    check_browser()
    from playwright.sync_api import Error, sync_playwright

    flags = [*_ARGUMENTS, *arguments]
    if camera is not None:
        flags.append(f"--use-file-for-fake-video-capture={camera.absolute()}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")  # Chromium refuses to run as root with one
    with sync_playwright() as playwright:
        executable = find_chromium()
        if executable is None and not Path(playwright.chromium.executable_path).exists():
            raise BackendError(
                "no Chromium was found on this machine; install one (apt install chromium, or "
                "playwright install chromium), or set RTSEG_CHROMIUM to its path"
            )
        try:
            browser = playwright.chromium.launch(
                executable_path=executable, headless=headless, args=flags
            )
        except Error as error:
            raise BackendError(
                f"Chromium ({executable or 'of playwright'}) does not start: "
                f"{error.message.strip()[:600]}"
            ) from None
        with contextlib.closing(browser):
            yield browser


def main() -> int:
    """Start Chromium and print which one it is; gives the exit code."""
    try:
        executable = find_chromium()
        with launch(None) as browser:
            path = executable or browser.browser_type.executable_path
            print(f"Chromium {browser.version} ({path})")
    except BackendError as error:
        print(f"rtseg: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
