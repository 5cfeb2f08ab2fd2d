"""Single images in Moondream's shape: docs/images.md."""

from rtseg.server.moondream.routes import routes

__all__ = ["routes"]
