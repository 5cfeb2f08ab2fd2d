"""Models: one protocol, a catalogue of what there is, a store of weights, and their backends.

::

    store = rtseg.models.Store()
    store.pull("person")
    segmenter = rtseg.models.load("person", device="auto", store=store)
    segmenter.warm_up()
    answer, = segmenter.segment([Request(image, (Prompt("person"),))])
"""

from rtseg.models.catalogue import Catalogue, Entry, builtin
from rtseg.models.loading import load
from rtseg.models.protocol import Answer, Instance, Memory, ModelInfo, Request, Segmenter
from rtseg.models.router import Route, route
from rtseg.models.store import FileCheck, Progress, State, Store

__all__ = [
    "Answer",
    "Catalogue",
    "Entry",
    "FileCheck",
    "Instance",
    "Memory",
    "ModelInfo",
    "Progress",
    "Request",
    "Route",
    "Segmenter",
    "State",
    "Store",
    "builtin",
    "load",
    "route",
]
