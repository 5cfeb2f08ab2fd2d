"""Which of these is which of those: the one-to-one pairing of the highest total affinity."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def pair_up(affinity: npt.NDArray[np.float64], *, at_least: float) -> list[tuple[int, int]]:
    """Pair rows with columns so that the affinities of all pairs together are highest.

    Shortest augmenting paths with potentials, the Hungarian method in O(n² m): Kuhn, "The
    Hungarian method for the assignment problem", Naval Research Logistics Quarterly 2, 1955. Pairs
    below `at_least` count as no pair while the best is sought, not only afterwards: else a pair
    that cannot be would keep two that can be apart.

    Parameters
    ----------
    affinity : (N, M) float64, finite; either may be 0.
    at_least : the lowest affinity of a pair.

    Returns
    -------
    (row, column) of each pair, by row; every row and column at most once.
    """
    rows, columns = affinity.shape
    if not rows or not columns:
        return []
    # A row that had better stay alone takes a column of its own, at the price of the threshold.
    allowed = np.where(affinity >= at_least, -affinity, -at_least + 1e6)
    alone = np.full((rows, rows), -at_least + 1e6)
    np.fill_diagonal(alone, -at_least)
    return [
        (row, column)
        for row, column in enumerate(_cheapest(np.hstack([allowed, alone])))
        if column < columns and affinity[row, column] >= at_least
    ]


def _cheapest(cost: npt.NDArray[np.float64]) -> list[int]:
    """Return the column of each row in the cheapest full assignment; (N, M) with N <= M."""
    rows, columns = cost.shape
    row_potential = np.zeros(rows)
    column_potential = np.zeros(columns)
    row_of = np.full(columns, -1)
    for start in range(rows):
        shortest = np.full(columns, np.inf)  # path from `start` to each column
        before = np.full(columns, -1)  # the column before it on that path
        is_done = np.zeros(columns, np.bool_)
        row, column, length = start, -1, 0.0
        while True:
            ahead = length + cost[row] - row_potential[row] - column_potential
            is_shorter = ~is_done & (ahead < shortest)
            shortest[is_shorter] = ahead[is_shorter]
            before[is_shorter] = column
            column = int(np.where(is_done, np.inf, shortest).argmin())
            length = float(shortest[column])
            is_done[column] = True
            if row_of[column] < 0:
                break
            row = int(row_of[column])
        for passed in np.flatnonzero(is_done):
            slack = length - shortest[passed]
            column_potential[passed] -= slack
            if row_of[passed] >= 0:
                row_potential[row_of[passed]] += slack
        row_potential[start] += length
        while column >= 0:  # turn the path around
            previous = int(before[column])
            row_of[column] = start if previous < 0 else row_of[previous]
            column = previous
    found = np.full(rows, -1)
    assigned = np.flatnonzero(row_of >= 0)
    found[row_of[assigned]] = assigned
    return [int(column) for column in found]
