"""What stands behind the head of a frame, a changed frame, or a part of either."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rtseg.errors import WireError
from rtseg.geometry import Path
from rtseg.types import FrameId, TrackId
from rtseg.wire import presence, records, sections, standings
from rtseg.wire.coded import read_moved
from rtseg.wire.messages import Standing, Timing, TrackedObject, elapsed_ms
from rtseg.wire.numbers import Size
from rtseg.wire.sections import Refined
from rtseg.wire.varint import Reader


@dataclass(frozen=True, slots=True)
class Decoded:
    """A frame as others build upon it."""

    frame_id: FrameId
    size: Size
    objects: Mapping[TrackId, TrackedObject]


@dataclass(slots=True)
class Told:
    """What the records of one packet say.

    Parameters
    ----------
    outlines : of all objects that are told.
    coarse : of those whose outline was told coarsely, with the sections that came.
    names, standings : of objects; some may not be among those. A standing of None: it has none.
    timing, roll : None where there is none.
    """

    outlines: dict[TrackId, records.Outline] = field(default_factory=dict)
    coarse: dict[TrackId, Refined] = field(default_factory=dict)
    names: dict[TrackId, str] = field(default_factory=dict)
    standings: dict[TrackId, Standing | None] = field(default_factory=dict)
    timing: Timing | None = None
    roll: tuple[TrackId, ...] | None = None


def read_records(
    reader: Reader, frame_id: FrameId, size: Size, base: Decoded | None, *, is_part: bool = False
) -> Told:
    """Read records up to the end of a packet.

    Parameters
    ----------
    reader : at the first record.
    frame_id, size : of the frame.
    base : what the packet builds upon; None for one that stands for itself.
    is_part : of a frame in parts.

    Raises
    ------
    WireError
        If these bytes are not records, or contradict each other or the base.
    """
    told = Told()
    while reader.left:
        kind = reader.uint()
        payload = reader.take(reader.uint())
        if kind == records.NAME:
            name = records.read_name(payload)
            told.names[name.track_id] = name.label
        elif kind == standings.STANDING:
            track_id, standing = standings.read_standing(payload)
            told.standings[track_id] = standing
        elif kind == records.TIMING:
            told.timing = records.read_timing(payload)
        elif kind == presence.ROLL and is_part:
            if told.roll is not None:
                raise WireError("two rolls in one packet")
            told.roll = presence.read_roll(payload)
        elif kind == sections.SECTION:
            _refine(told, payload, size)
        elif kind == sections.COARSE:
            refined = Refined(sections.read_coarse(payload, size), bytes(payload))
            _tell(told, refined.outline())
            told.coarse[refined.coarse.track_id] = refined
        elif (whole := _outline(kind, payload, frame_id, size, base)) is not None:
            _tell(told, whole)
    for track_id, refined in told.coarse.items():
        told.outlines[track_id] = refined.outline()
    return told


def tracked(
    outline: records.Outline,
    frame_id: FrameId,
    told: Told,
    label: str | None,
    standing: Standing | None,
) -> TrackedObject:
    """Give an outline as it is in a frame.

    Parameters
    ----------
    outline, frame_id : the outline, and which frame.
    told : what else its packet says.
    label, standing : what the object has where that packet tells no other.
    """
    track_id = outline.track_id
    return TrackedObject(
        track_id=track_id,
        frame_id=frame_id,
        path=outline.path,
        score_u8=outline.score_u8,
        age_ms=outline.age_ms,
        label=told.names.get(track_id, label),
        stage=outline.stage,
        standing=told.standings.get(track_id, standing),
    )


def standing_in(base: Decoded | None, track_id: TrackId) -> Standing | None:
    """Give the standing of an object in a base; None without one."""
    before = base.objects.get(track_id) if base is not None else None
    return before.standing if before is not None else None


def _tell(told: Told, outline: records.Outline) -> None:
    if outline.track_id in told.outlines:
        raise WireError(f"object {outline.track_id} is twice in the packet")
    told.outlines[outline.track_id] = outline


def _refine(told: Told, payload: memoryview, size: Size) -> None:
    """Read record 11."""
    track_id = records.read_track_id(payload)
    refined = told.coarse.get(track_id)
    if refined is None:
        raise WireError(f"a section of object {track_id} without its coarse outline before it")
    section = sections.read_section(payload, refined.coarse, size)
    if section is not None:
        refined.add(*section)


def _outline(
    kind: int, payload: memoryview, frame_id: FrameId, size: Size, base: Decoded | None
) -> records.Outline | None:
    """Read a record that tells one object; None for a kind that is not known, or needs a base."""
    if kind == records.OUTLINE:
        return records.read_outline(payload, size)
    if kind in (records.POLYGON, records.WALK):
        return records.read_coded(payload, size, is_walk=kind == records.WALK)
    if kind == presence.BOX:
        return presence.read_box(payload, size)
    if kind in records.CHANGES and base is not None:
        return _changed(payload, kind, frame_id, base)
    return None


def _changed(payload: memoryview, kind: int, frame_id: FrameId, base: Decoded) -> records.Outline:
    """Read record 6, 7 or 8."""
    track_id = records.read_track_id(payload)
    before = base.objects.get(track_id)
    if before is None:
        raise WireError(f"object {track_id} is told as a change, and is not in the base")
    older_ms = elapsed_ms(frame_id, base.frame_id)
    evidence = records.Evidence(before.score_u8, before.age_ms, older_ms)
    change = records.read_change(payload, evidence, kind)
    path = before.path
    if change.moves is not None:
        path = Path(read_moved(change.moves, path.rings, base.size))
    elif any(change.shift):
        path = change.shift.move(path, base.size)
    return records.Outline(track_id, path, change.score_u8, change.age_ms, before.stage)
