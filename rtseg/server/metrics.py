"""What the engine did, as Prometheus metrics."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from rtseg.engine import Drop, Observer
from rtseg.server.masks.storage import Held
from rtseg.tracking import TrackState

_STAGE_BUCKETS_S = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.033, 0.066, 0.133, 0.266, 0.533)
_AGE_BUCKETS_S = (0.02, 0.04, 0.07, 0.1, 0.15, 0.25, 0.5, 1, 2, 5)
_SIZE_BUCKETS_BYTES = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 16384)

_REQUEST_BUCKETS_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)

CLIENT_GONE = 499
"""Status of requests that the client left before they were answered, as nginx counts them."""


class Metrics(Observer):
    """Counts for one server; each has a registry of its own, so several live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._sessions = Gauge(
            "rtseg_sessions", "Sessions that are running.", registry=self.registry
        )
        self._ended = Counter(
            "rtseg_sessions_ended",
            "Sessions that ended, by reason.",
            ["reason"],
            registry=self.registry,
        )
        self._in = Counter("rtseg_frames_in", "Camera frames decoded.", registry=self.registry)
        self._out = Counter(
            "rtseg_frames_out", "Frames whose outlines left.", registry=self.registry
        )
        self._drops = Counter(
            "rtseg_drops",
            "What was replaced by something newer, by cause.",
            ["cause"],
            registry=self.registry,
        )
        for cause in Drop:
            self._drops.labels(cause.value)
        self._stage = Histogram(
            "rtseg_stage_seconds",
            "Time of a frame in each stage.",
            ["stage"],
            registry=self.registry,
            buckets=_STAGE_BUCKETS_S,
        )
        self._model = Histogram(
            "rtseg_model_seconds",
            "Time of a model run.",
            ["model"],
            registry=self.registry,
            buckets=_STAGE_BUCKETS_S,
        )
        self._batch = Histogram(
            "rtseg_model_batch",
            "Sessions in a model run.",
            ["model"],
            registry=self.registry,
            buckets=(1, 2, 4, 8, 16, 32),
        )
        self._queue = Histogram(
            "rtseg_model_queue_seconds",
            "How long the oldest frame of a run had waited for the device.",
            ["model"],
            registry=self.registry,
            buckets=_STAGE_BUCKETS_S,
        )
        self._failed = Counter(
            "rtseg_model_failures", "Model runs that raised.", ["model"], registry=self.registry
        )
        self._age = Histogram(
            "rtseg_mask_age_seconds",
            "Age of the oldest evidence in a packet: this frame minus the frame the model saw.",
            registry=self.registry,
            buckets=_AGE_BUCKETS_S,
        )
        self._objects = Counter(
            "rtseg_objects_out",
            "Objects of frames whose outlines left, by the state of their track.",
            ["state"],
            registry=self.registry,
        )
        for state in TrackState:
            self._objects.labels(state.name.lower())
        self._size = Histogram(
            "rtseg_packet_bytes",
            "Size of a frame, in one packet or more, on each stream.",
            registry=self.registry,
            buckets=_SIZE_BUCKETS_BYTES,
        )
        self._repeated = Counter(
            "rtseg_packets_repeated",
            "On data channels that lose many packets: those that were sent a second time.",
            registry=self.registry,
        )
        self._behind = Histogram(
            "rtseg_ack_behind_seconds",
            "On data channels: how much newer the latest frame is than the newest that a page has, "
            "whenever it says so. The way there and back, and what was lost.",
            registry=self.registry,
            buckets=_AGE_BUCKETS_S,
        )

        self._requests = Histogram(
            "rtseg_image_request_seconds",
            "Time of a request for a single image, by route and status.",
            ["route", "status"],
            registry=self.registry,
            buckets=_REQUEST_BUCKETS_S,
        )
        self._image_stage = Histogram(
            "rtseg_image_stage_seconds",
            "Time of an image request in each stage: open is the picture, look the models and the "
            "wait for them, outline the writing of the answer.",
            ["stage"],
            registry=self.registry,
            buckets=_REQUEST_BUCKETS_S,
        )
        self._masks = Gauge("rtseg_masks", "Masks that lie in the folder.", registry=self.registry)
        self._masks_bytes = Gauge(
            "rtseg_masks_bytes", "Their sizes together.", registry=self.registry
        )
        self._masks_dropped = Counter(
            "rtseg_masks_dropped",
            "Masks that had to make room before their time.",
            registry=self.registry,
        )
        self._dropped_before = 0

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)

    def frame_in(self) -> None:
        self._in.inc()

    def frame_out(self, age_ms: float | None) -> None:
        self._out.inc()
        if age_ms is not None:
            self._age.observe(age_ms / 1000)

    def tracked(self, states: Iterable[TrackState]) -> None:
        for state in states:
            self._objects.labels(state.name.lower()).inc()

    def packet_out(self, size_bytes: int) -> None:
        self._size.observe(size_bytes)

    def packet_repeated(self) -> None:
        self._repeated.inc()

    def acknowledged(self, behind_ms: float) -> None:
        self._behind.observe(behind_ms / 1000)

    def dropped(self, cause: Drop) -> None:
        self._drops.labels(cause.value).inc()

    def stage(self, name: str, seconds: float) -> None:
        self._stage.labels(name).observe(seconds)

    def model_run(self, model: str, seconds: float, batch: int, queue_seconds: float) -> None:
        self._model.labels(model).observe(seconds)
        self._batch.labels(model).observe(batch)
        self._queue.labels(model).observe(max(0.0, queue_seconds))

    def model_failed(self, model: str) -> None:
        self._failed.labels(model).inc()

    def image_request(self, route: str, status: int, seconds: float) -> None:
        """Count a request for a single image; `route` is one of the application's own."""
        self._requests.labels(route, str(status)).observe(seconds)

    def image_stage(self, name: str, seconds: float) -> None:
        """Count the time of an image request in a stage."""
        self._image_stage.labels(name).observe(seconds)

    def sessions(self, running: int) -> None:
        self._sessions.set(running)

    def masks(self, held: Held) -> None:
        """Take down what lies in the storage of masks."""
        self._masks.set(held.count)
        self._masks_bytes.set(held.size_bytes)
        self._masks_dropped.inc(held.dropped - self._dropped_before)
        self._dropped_before = held.dropped

    def session_ended(self, reason: str) -> None:
        self._ended.labels(reason).inc()
