"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# No test is about time: the first example of many pays for an import.
settings.register_profile("rtseg", deadline=None)
settings.load_profile("rtseg")
