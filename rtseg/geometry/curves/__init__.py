"""Outlines drawn smoothly, in cubic curves and straight lines.

::

    curves = smooth(trace(mask), mask, 0.985)
    text = curves.in_box()                                # "M 0.12 0 C …", in [0, 1] of its box
    mask = fill(curves.flatten(), (height, width))        # IoU of 0.985 or more
"""

from rtseg.geometry.curves.outline import CurveRing, Curves
from rtseg.geometry.curves.smoothing import smooth

__all__ = ["CurveRing", "Curves", "smooth"]
