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
a box              an ellipse in it, and less belief in what also stands beside the box at the same
                   height. Several masks are found, from generous to mean. Of those that still
                   reach the four sides, the one that looks least like the surroundings is taken,
                   and averaged with those that mean the same object
points             a disc around them, in windows of several sizes, whose answers are put together
a hint             the hint itself, and to stay near its outline. A memory of the colours that the
                   object had when it was touched keeps it from drifting
=================  ================================================================================

Each adds what the others know: points are sure inside a box or a hint, and what is nearer to a
point that is not on the object, along the picture's colours, goes with that point.

How well, on each tenth frame of ten DAVIS 2016 sequences, mean of their means
(`rtseg.bench.touch`): J .74 from the true box and .55 from one click in the middle, at some 26 and
56 ms on one core; from .67 (a dancer before a crowd) to .82. GrabCut at full size gives .72 from
the box in a second, and .56 in 50 ms where the part is brought to 160 pixels. Other frames of the
same sequences (each fourth) have .71. A box that is up to a tenth too large costs .02 to .04.

A tracker that has seen the first mask alone keeps J .67 if this model refines its mask each 8
frames with a memory, .63 without the memory, .58 if nobody helps it.

What stands beside the box, and the choice among masks, brought .03 (.713 before), on the other
frames too (.686 to .71); most of it on one sequence, a black swan before a wall that goes on to
both sides of the box (.42 to .70), some on cows and horses. Cars and a motorcycle lost .01 to .05:
what does not stand beside the box may still be behind the object, such as a blurred crowd between
dark sides. That the cue only takes away and never gives mends this, for .01 of J.

What was tried for boxes and not taken, each within .01 to .06 of J below or the same at more cost:
Gaussian mixtures for the histograms; random walks for the cut; a logistic regression over a dozen
cues and a learned choice among guesses, left out one sequence at a time; texture as a fourth
channel; votes over margins, smoothness and colour widths. Geodesic and minimum-barrier distance
from outside the box, and the share of all that is near along the colours that lies outside: by
themselves they tell the object with .80 of the area under the curve, where the colours have .89,
and add nothing to these (.70 to .72). Soft masks between the rounds (.69). A second pass at 144 or
192 pixels (.71, 5 to 15 ms more; 144 pixels from the start .73 at 43 ms). Bilateral, mean-shift or
principal channels for the cut (.71). A cut of the box alone, whose edges then weigh differently
(.01 less, a tenth faster). One round a mask in place of two (.71 with all else, at 25 ms).
Choosing by edges under the outline, mutual information or agreement (.73 at best).

From the true mask the same search ends at J .81: it is not the colours but where the search begins
that loses most. The best guess of each frame, of a dozen, has .79.
"""

from rtseg.models.touch.segmenter import TouchSegmenter

__all__ = ["TouchSegmenter"]
