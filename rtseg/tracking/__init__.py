"""Tracking: masks of late frames, moved to the frame that is on the screen.

Pure: arrays in, arrays out; no clock, no thread, no I/O.
"""

from rtseg.tracking.identity import START_SCORE, Find, Roster
from rtseg.tracking.tracker import Correction, Tracker
from rtseg.tracking.tracks import Track, TrackState

__all__ = ["START_SCORE", "Correction", "Find", "Roster", "Track", "TrackState", "Tracker"]
