"""Where rtseg keeps what it fetched."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def default_home(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Return the folder for weights: `RTSEG_HOME`, else the place where this system keeps caches.

    Parameters
    ----------
    environ : `RTSEG_HOME` wins; `~` in it is the user's home. Then `LOCALAPPDATA` on Windows and
        `XDG_CACHE_HOME` elsewhere, which the XDG base directory specification says to ignore
        when it is not absolute.
    platform : as in `sys.platform`.
    """
    if explicit := environ.get("RTSEG_HOME"):
        return Path(explicit).expanduser().absolute()
    if platform == "win32":
        local = environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "rtseg"
    if platform == "darwin":
        return Path.home() / "Library" / "Caches" / "rtseg"
    cache = Path(environ.get("XDG_CACHE_HOME", ""))
    return (cache if cache.is_absolute() else Path.home() / ".cache") / "rtseg"
