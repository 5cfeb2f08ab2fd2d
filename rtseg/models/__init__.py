"""Models: one protocol, a catalogue of what there is, a store of weights, and their backends.

::

    store = rtseg.models.Store()
    store.pull("person")
    segmenter = rtseg.models.load("person", device="auto", store=store)
    segmenter.warm_up()
    answer, = segmenter.segment([Request(image, (Prompt("person"),))])
"""

from rtseg.models.catalogue import Catalogue, Entry, builtin
from rtseg.models.catalogue import read as read_catalogue
from rtseg.models.loading import Loader, load
from rtseg.models.protocol import (
    Answer,
    Detection,
    Detector,
    Instance,
    Memory,
    ModelInfo,
    Request,
    Segmenter,
)
from rtseg.models.router import Candidate, Route, Router
from rtseg.models.store import FileCheck, Progress, State, Store

__all__ = [
    "Answer",
    "Candidate",
    "Catalogue",
    "Detection",
    "Detector",
    "Entry",
    "FileCheck",
    "Instance",
    "Loader",
    "Memory",
    "ModelInfo",
    "Progress",
    "Request",
    "Route",
    "Router",
    "Segmenter",
    "State",
    "Store",
    "builtin",
    "load",
    "read_catalogue",
]
