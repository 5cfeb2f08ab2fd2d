"""The HTTP server: signalling, streams, metrics, and the page."""

from rtseg.server.app import create_app

__all__ = ["create_app"]
