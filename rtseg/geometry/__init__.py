"""Masks, and the outlines around them: pure functions on arrays.

Points are (x, y), masks (H, W), boxes xyxy, all in source pixels.

::

    path = trace(mask)                                 # exact, on the edges of the pixels
    path, tolerance_px = simplify(path, mask, 0.97)    # fewer vertices, IoU of 0.97 guaranteed
    curves = smooth(trace(mask), mask, 0.985)          # the same in curves, as a person draws
    mask = fill(path, (height, width))                 # as a canvas does; curves.flatten() too

    path.svg()                                         # "M 12 7 L …", pixels
    path.svg(scale=(1 / width, 1 / height))            # in [0, 1] of the picture, or of anything
    curves.in_box()                                    # "M 0.12 0 C …", in [0, 1] of its box
    rle.encode(mask).counts                            # exact, COCO's run lengths

    iou(mask, truth), boundary_f(mask, truth)          # J and F of DAVIS
    temporal_instability(masks)                        # T of DAVIS: does the shape change?
    vertex_persistence(before, after, flow)            # do vertices last from frame to frame?
    jitter_px(before, after, flow)                     # does the line tremble?
"""

from rtseg.geometry import rle
from rtseg.geometry.boxes import box_of
from rtseg.geometry.curves import Curves, smooth
from rtseg.geometry.filling import fill
from rtseg.geometry.inmost import inmost
from rtseg.geometry.overlap import path_iou
from rtseg.geometry.path import Path, Polygons, Ring
from rtseg.geometry.scores import boundary_f, iou
from rtseg.geometry.shape_contexts import instability, temporal_instability
from rtseg.geometry.simplification import Simplified, simplify
from rtseg.geometry.temporal import Flow, jitter_px, lives_on, vertex_persistence
from rtseg.geometry.tracing import trace

__all__ = [
    "Curves",
    "Flow",
    "Path",
    "Polygons",
    "Ring",
    "Simplified",
    "boundary_f",
    "box_of",
    "fill",
    "inmost",
    "instability",
    "iou",
    "jitter_px",
    "lives_on",
    "path_iou",
    "rle",
    "simplify",
    "smooth",
    "temporal_instability",
    "trace",
    "vertex_persistence",
]
