"""A real server in a thread of its own, and drawn clips to send to it."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
from fastapi import FastAPI

from rtseg.config import Config
from rtseg.models import Segmenter, Store
from rtseg.server.app import create_app
from rtseg.server.live import LiveManager
from rtseg.server.run import bind, make_server
from tests.engine.fakes import fake_load, store_of

START_TIMEOUT_S = 20


class Running:
    """A server that listens on a free port of this machine."""

    def __init__(
        self,
        config: Config,
        load: Callable[[str], Segmenter] | None,
        store: Store | None = None,
    ) -> None:
        self.listener: socket.socket = bind("127.0.0.1", config.server.port)
        self.port: int = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.app: FastAPI = create_app(config, store=store or store_of(), load=load)
        self._ready = threading.Event()
        self._server = make_server(self.app, config, self._ready.set)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self.listener]}, name="server"
        )

    @property
    def manager(self) -> LiveManager:
        manager = self.app.state.manager
        assert isinstance(manager, LiveManager)
        return manager

    @property
    def session_count(self) -> int:
        return len(self.manager.engine.sessions)

    def metrics(self) -> dict[str, float]:
        """Read `/metrics`: each sample by its name and labels."""
        text = httpx.get(f"{self.url}/metrics", trust_env=False).text
        lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(START_TIMEOUT_S), "the server did not start"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(START_TIMEOUT_S)
        assert not self._thread.is_alive(), "the server did not stop"
        self.listener.close()


@contextlib.contextmanager
def running(
    load: Callable[[str], Segmenter] | None = fake_load,
    store: Store | None = None,
    **sections: dict[str, Any],
) -> Iterator[Running]:
    """Run a server; its masks lie in a folder that goes with it.

    Parameters
    ----------
    load : makes models; by default ones that outline what is bright. None: those of `store`.
    store : what models there are; by default fake ones.
    sections : of the configuration.
    """
    sections.setdefault("server", {}).setdefault("port", 0)
    with tempfile.TemporaryDirectory() as folder:
        sections.setdefault("masks", {}).setdefault("folder", folder)
        server = Running(Config.model_validate(sections), load, store)
        server.start()
        try:
            yield server
        finally:
            server.stop()


SQUARE_PX = 60
CLIP_SIZE = (320, 180)


def square_x(n: int) -> int:
    """Column of the square in frame `n` of the drawn clip."""
    return 20 + 2 * n


def draw(n: int, size: tuple[int, int] = CLIP_SIZE) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Frame `n` of the drawn clip: a bright textured square that moves over a dark ground."""
    width, height = size
    ys, xs = np.mgrid[:height, :width]
    image = 50 + 20 * np.sin(xs / 9) * np.cos(ys / 11)
    x = square_x(n)
    on = (xs >= x) & (xs < x + SQUARE_PX) & (ys >= 50) & (ys < 50 + SQUARE_PX)
    image[on] = (200 + 30 * np.sin((xs - x) / 6) * np.cos(ys / 7))[on]
    return np.repeat(image[..., None], 3, axis=2).astype(np.uint8)


def write_clip(path: Path, frames: int = 90, fps: int = 30) -> Path:
    """Write the drawn clip as a video file."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width, stream.height = CLIP_SIZE
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = 4_000_000
        for n in range(frames):
            frame = av.VideoFrame.from_ndarray(draw(n), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
