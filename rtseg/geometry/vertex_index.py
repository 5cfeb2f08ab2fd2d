"""Vertices of rings, found by where they stand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rtseg.geometry.path import Ring, Strung

_Places = npt.NDArray[np.int64]


class VertexIndex:
    """Finds vertices of rings by where they stand.

    Parameters
    ----------
    rings : int32, coordinates in 0 … 2**21 - 1.
    """

    __slots__ = ("_keys", "_order")

    def __init__(self, rings: Strung) -> None:
        keys = _keys(rings.vertices, rings.of)
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def find(self, vertices: Ring, of: _Places) -> _Places:
        """Find vertices that are there.

        Parameters
        ----------
        vertices : (M, 2).
        of : (M,) which ring each of them is of.

        Returns
        -------
        (M,) where they are among those of all rings. A corner that a ring passes twice is found at
        its first passing, whichever was meant.
        """
        found: _Places = self._order[np.searchsorted(self._keys, _keys(vertices, of))]
        return found


def _keys(vertices: Ring, of: _Places) -> _Places:
    x, y = vertices.T.astype(np.int64)
    keys: _Places = of << 42 | x << 21 | y
    return keys
