"""The frames of one stream, taken one after the other to be written as packets (`writing`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from rtseg.errors import UsageError
from rtseg.geometry import Path
from rtseg.types import FrameId, TrackId
from rtseg.wire import records
from rtseg.wire.bases import KEPT_BY_SENDER, Bases
from rtseg.wire.messages import RTP_MODULUS, Standing, Timing
from rtseg.wire.numbers import Size, frame_size, whole
from rtseg.wire.presence import BoxPx, box_path, checked_box
from rtseg.wire.standings import check_standing, worth_telling
from rtseg.wire.varint import U64_MAX
from rtseg.wire.writing import FrameWriter, KnownFrame, KnownObject


class Content(NamedTuple):
    """What there is to say of one camera frame.

    Parameters
    ----------
    frame_id, size, outlines, scores, ages_ms, labels, timing : see `Encoder.pack`.
    boxes : left, top, right, bottom, source pixels, of objects that are not outlined yet; none of
        them is in `outlines`.
    standings : see `Encoder.pack`.
    """

    frame_id: FrameId
    size: Size
    outlines: Mapping[TrackId, Path]
    scores: Mapping[TrackId, float]
    ages_ms: Mapping[TrackId, int]
    labels: Mapping[TrackId, str]
    timing: Timing | Callable[[], Timing] | None
    boxes: Mapping[TrackId, BoxPx] = MappingProxyType({})
    standings: Mapping[TrackId, Standing] = MappingProxyType({})


class Packer:
    """Takes the frames of one stream, and has each written upon those that readers have.

    Whoever has a frame knows all that was said of it when it was taken, names too, whichever of its
    packets it came in: so a name that was told in a packet that was lost is told again.
    """

    def __init__(self) -> None:
        self._latest: KnownFrame | None = None
        self._taken: Bases[KnownFrame | None] = Bases(KEPT_BY_SENDER)

    def take(self, content: Content) -> FrameWriter:
        """Take the next camera frame.

        Raises
        ------
        UsageError
            If something cannot be in a packet. Nothing that this packer keeps has changed then.
        """
        frame_id = whole("frame_id", content.frame_id, RTP_MODULUS - 1)
        size = frame_size(content.size)
        boxes = {key: box_path(checked_box(box, size)) for key, box in content.boxes.items()}
        objects: dict[TrackId, KnownObject] = {}
        for key, path in {**content.outlines, **boxes}.items():
            track_id = whole("a track id", key, U64_MAX)
            objects[track_id] = self._object(track_id, path, size, content)
        if isinstance(content.timing, Timing):
            records.write_timing(content.timing)
        frame = KnownFrame(frame_id, size, objects)
        writer = FrameWriter(frame, self._taken.copy(), content.timing)
        # A number that comes again does not say which of the two frames a reader has.
        is_again = frame_id in self._taken
        self._taken.put(frame_id, None if is_again else frame)
        self._latest = frame
        return writer

    def _object(self, track_id: TrackId, path: Path, size: Size, content: Content) -> KnownObject:
        """Check what there is to say of one object, but for what was checked a frame ago."""
        latest = self._latest
        before = latest.objects.get(track_id) if latest is not None else None
        if latest is None or before is None or path is not before.path or latest.size != size:
            records.check_rings(path.rings, size)
        label = content.labels.get(track_id)
        if label is not None:
            records.check_label(track_id, label)
        elif before is not None:
            label = before.label
        standing = content.standings.get(track_id)
        if standing is not None:
            check_standing(standing)
        return KnownObject(
            path,
            _score_u8(content.scores.get(track_id, 1.0)),
            whole("an age in ms", content.ages_ms.get(track_id, 0), U64_MAX),
            label,
            "box" if track_id in content.boxes else "fine",
            worth_telling(standing, before.standing if before is not None else None),
        )


def _score_u8(score: float) -> int:
    if not 0 <= score <= 1:
        raise UsageError(f"expected a score in [0, 1], got {score!r}")
    return round(255 * float(score))
