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

How well, on each tenth frame of ten DAVIS 2016 sequences, mean of their means
(`rtseg.bench.touch`): J .71 from the true box and .56 from one click in the middle, at some 28 and
60 ms on one core; from .42 (a black swan on dark water) to .84. GrabCut at full size gives .72 from
the box in a second, and .56 in 50 ms where the part is brought to 160 pixels. A box that is up to
a tenth too large costs .04.

A tracker that has seen the first mask alone keeps J .67 if this model refines its mask each 8
frames with a memory, .63 without the memory, .58 if nobody helps it.

What was tried for boxes and not taken, each within .01 to .06 of J below or the same at more cost:
Gaussian mixtures for the histograms; random walks for the cut; a logistic regression over a dozen
cues and a learned choice among guesses, left out one sequence at a time; texture as a fourth
channel; geodesic distance from outside the box; votes over margins, smoothness and colour widths.
The best guess of each frame has J .77: choosing it is what would help most.
"""

from rtseg.models.touch.segmenter import TouchSegmenter

__all__ = ["TouchSegmenter"]
