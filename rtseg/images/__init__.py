"""Single images: what is asked for, found and told.

::

    found = rtseg.images.find(image, (Prompt("person"), Prompt(points=(Point(0.5, 0.3),))))
    found[0].label, found[0].score, found[0].mask, found[0].path
"""

from rtseg.images.finding import find
from rtseg.images.reading import as_image, read_image
from rtseg.images.segmenting import segment

__all__ = ["as_image", "find", "read_image", "segment"]
