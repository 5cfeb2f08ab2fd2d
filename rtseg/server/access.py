"""Who may use the image APIs, and how often."""

from __future__ import annotations

from fastapi import Request


async def admit(request: Request) -> None:
    """Let a request in.

    Raises
    ------
    PeerError
        401 or 429.
    """
