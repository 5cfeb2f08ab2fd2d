"""Single pictures beside live sessions: the cameras come first."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import AsyncIterator

import pytest

from rtseg.config import Config
from rtseg.engine import EndReason, Engine
from rtseg.server.intake import Fetcher
from rtseg.server.metrics import Metrics
from rtseg.server.pictures import Pictures
from tests.engine.fakes import fake_load, store_of


@pytest.fixture
async def pictures() -> AsyncIterator[Pictures]:
    config = Config()
    engine = Engine(config, store=store_of(), load=fake_load)
    pictures = Pictures(engine, Fetcher(config.api), Metrics())
    yield pictures
    pictures.close()
    await engine.close()


def where() -> tuple[str, int]:
    """Say which thread this is, and how nice it is to the others."""
    niceness = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    return threading.current_thread().name, niceness


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no niceness")
async def test_while_a_camera_is_live_pictures_step_back(pictures: Pictures) -> None:
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    name, niceness = await pictures.run(where)
    assert name.startswith("rtseg-picture_")
    assert niceness == ours
    session = await pictures.engine.open()
    name, niceness = await pictures.run(where)
    assert name.startswith("rtseg-picture-beside")
    assert niceness == min(ours + 10, 19)
    await pictures.engine.end(session, EndReason.CLOSED, "")
    assert (await pictures.run(where))[1] == ours
