"""The engine: sessions, the slots between them and the models, and the threads that own devices.

Two clocks that are never coupled: the tracker runs on every frame that a session takes, the model
whenever its device is free. Each hand-over is a slot that holds the newest and counts what it
dropped.
"""

from rtseg.engine.device import DeviceThread
from rtseg.engine.devices import Devices
from rtseg.engine.engine import Engine
from rtseg.engine.lanes import Ask, Lane, Pace
from rtseg.engine.observer import Drop, Observer
from rtseg.engine.outbox import Outbox
from rtseg.engine.prompts import Routed, Wanted
from rtseg.engine.session import EndReason, Session
from rtseg.engine.session_core import SessionCore
from rtseg.engine.slot import Slot
from rtseg.engine.work import Outcome, Work

__all__ = [
    "Ask",
    "DeviceThread",
    "Devices",
    "Drop",
    "EndReason",
    "Engine",
    "Lane",
    "Observer",
    "Outbox",
    "Outcome",
    "Pace",
    "Routed",
    "Session",
    "SessionCore",
    "Slot",
    "Wanted",
    "Work",
]
