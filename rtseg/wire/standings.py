"""Record 13: how far an outline can be trusted."""

from __future__ import annotations

from rtseg.errors import UsageError
from rtseg.types import TrackId
from rtseg.wire.messages import Standing, State
from rtseg.wire.numbers import whole
from rtseg.wire.records import write_record
from rtseg.wire.varint import Reader, uint

STANDING = 13

STEP_U8 = 32
"""How far a confidence goes from what was told before it is told again: an eighth. Bytes a frame of
six sequences of DAVIS behind a model that is 3 and 12 frames late: .27 and .50; in sixteenths .51
and .77, with every change 4.5 and 4.1. The states alone are .19 and .28 of that."""

_NONE = 0
_NUMBERS: dict[State, int] = {
    "found": 1,
    "followed": 2,
    "uncertain": 3,
    "lost": 4,
    "found again": 5,
}
_STATES = {number: state for state, number in _NUMBERS.items()}


def check_standing(standing: Standing) -> None:
    """Raise `UsageError` if no packet can say it."""
    if standing.state not in _NUMBERS:
        states = ", ".join(_NUMBERS)
        raise UsageError(f"expected one of the states {states}, got {standing.state!r}")
    whole("a confidence in 1/255", standing.confidence_u8, 255)


def worth_telling(now: Standing | None, told: Standing | None) -> Standing | None:
    """Give what readers are to know: what is so now, or what they were told if that is near it."""
    if now is None or told is None or now.state != told.state:
        return now
    return now if abs(now.confidence_u8 - told.confidence_u8) >= STEP_U8 else told


def write_standing(track_id: TrackId, standing: Standing | None) -> bytes:
    """Write record 13; None says that there is no standing any more."""
    told = bytes([_NONE, 0])
    if standing is not None:
        told = bytes([_NUMBERS[standing.state], standing.confidence_u8])
    return write_record(STANDING, uint(track_id) + told)


def read_standing(payload: memoryview) -> tuple[TrackId, Standing | None]:
    """Read the payload of record 13: whose standing, and which; None if there is none."""
    reader = Reader(payload)
    track_id = reader.uint()
    state, confidence_u8 = _STATES.get(reader.fixed(1)), reader.fixed(1)
    return track_id, None if state is None else Standing(state, confidence_u8)
