"""Whatever is touched, by its colours and edges: the promptable model that needs no weights.

Theory of operation
-------------------
An object is outlined in a *window* around where it was touched, brought to a small working size.
Two models say which colours are the object's and which its surroundings': one of the whole window,
one of each place in it, where the surroundings asked are small. A *minimum cut* then finds the mask
that agrees with them and lies on edges of the picture. From the mask new colour models are made,
and so on, a few times. What differs is where that begins, and how much is demanded:

=================  ================================================================================
touched by         begins with, and demands
=================  ================================================================================
a box              an ellipse in it. Several masks are found, from generous to mean, and those are
                   averaged that still reach the four sides of the box
points             a disc around them, in windows of several sizes, whose answers are put together
a hint             the hint itself, and to stay near its outline. A memory of the colours that the
                   object had when it was touched keeps it from drifting
=================  ================================================================================

Each adds what the others know: points are sure inside a box or a hint, and what is nearer to a
point that is not on the object, along the picture's colours, goes with that point.
"""

from rtseg.models.touch.segmenter import TouchSegmenter

__all__ = ["TouchSegmenter"]
