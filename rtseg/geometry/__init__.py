"""Masks, and the outlines around them: pure functions on arrays.

Points are (x, y), masks (H, W), boxes xyxy, all in source pixels.

::

    path = trace(mask)                                 # exact, on the edges of the pixels
    path, tolerance_px = simplify(path, mask, 0.97)    # fewer vertices, IoU of 0.97 guaranteed
    mask = fill(path, (height, width))
    curves = smooth(trace(mask), mask, 0.985)          # of `geometry.curves`: smooth, as drawn
    text = rle.encode(mask).counts                     # exact, COCO's run lengths
"""

from rtseg.geometry import rle
from rtseg.geometry.filling import fill
from rtseg.geometry.inmost import inmost
from rtseg.geometry.overlap import path_iou
from rtseg.geometry.path import Path, Polygons, Ring
from rtseg.geometry.scores import boundary_f, iou
from rtseg.geometry.shape_contexts import instability, temporal_instability
from rtseg.geometry.simplification import Simplified, simplify
from rtseg.geometry.temporal import jitter_px, lives_on, vertex_persistence
from rtseg.geometry.tracing import trace

__all__ = [
    "Path",
    "Polygons",
    "Ring",
    "Simplified",
    "boundary_f",
    "fill",
    "inmost",
    "instability",
    "iou",
    "jitter_px",
    "lives_on",
    "path_iou",
    "rle",
    "simplify",
    "temporal_instability",
    "trace",
    "vertex_persistence",
]
