"""Outlines whose vertices move, go and come: docs/wire.md, "Moves".

What is told of a vertex is how much further, or less far, it went than the one before it in its
ring: neighbours go together. A new vertex is told from the chord that it bends.
"""

from rtseg.wire.moves.between import Moves, RingMoves, moves_between, new_vertices
from rtseg.wire.moves.contexts import CONTEXTS
from rtseg.wire.moves.reading import MOST_VERTICES, read_moves
from rtseg.wire.moves.writing import write_moves

__all__ = [
    "CONTEXTS",
    "MOST_VERTICES",
    "Moves",
    "RingMoves",
    "moves_between",
    "new_vertices",
    "read_moves",
    "write_moves",
]
