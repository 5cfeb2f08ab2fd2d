"""Recordings and cameras of this machine, followed from their first frame to their last.

The same `SessionCore` as a live session, driven by frames instead of a clock: nothing is late, and
no frame is left out unless that is asked for.
"""

from rtseg.recordings.following import Follower, Seen
from rtseg.recordings.footage import Footage, Shot

__all__ = ["Follower", "Footage", "Seen", "Shot"]
