"""The cheapest ways, exactly: through a graph, and through a row of choices."""

from __future__ import annotations

import numpy as np

from rtseg.geometry.arcs import Floats, Places


def cheapest_path(starts: Places, stops: Places, costs: Floats) -> list[int]:
    """Find the cheapest way from node 0 to the last one; give the nodes where its edges start.

    Parameters
    ----------
    starts, stops, costs : (N,) of each edge, in the order of `starts`; an edge goes to a later
        node, and one goes from each node to the next.
    """
    is_step = stops == starts + 1
    steps = np.concatenate(([0.0], np.cumsum(costs[is_step])))
    # An edge that costs no less than all the steps that it passes over is in no cheapest path: a
    # third to two thirds of them are left for the loop.
    may_pay = is_step | (costs < steps[stops] - steps[starts])
    last = len(steps) - 1
    least = [0.0] + [np.inf] * last
    way = [0] * (last + 1)
    edges = (each[may_pay].tolist() for each in (starts, stops, costs))
    for start, stop, cost in zip(*edges, strict=True):
        cost += least[start]
        if cost < least[stop]:
            least[stop] = cost
            way[stop] = start
    chosen = []
    at = last
    while at > 0:
        at = way[at]
        chosen.append(at)
    return chosen[::-1]


def cheapest_choices(costs: Floats, further: Floats) -> Places:
    """Find the cheapest way through a row of choices (Viterbi, 1967).

    Parameters
    ----------
    costs : (N, K) of each choice.
    further : (N, K, K) of each (rows) after each choice of the one before (columns); of the first
        one, whatever was before it: all columns the same.

    Returns
    -------
    (N,) the choice at each.
    """
    total = np.zeros(costs.shape[1])
    backs = np.empty(costs.shape, np.int64)
    for step, back in zip(further + costs[:, :, None], backs, strict=True):
        step += total
        step.argmin(axis=1, out=back)
        np.minimum.reduce(step, axis=1, out=total)
    choice = int(total.argmin())
    at = []
    for row in backs[::-1].tolist():
        at.append(choice)
        choice = row[choice]
    return np.array(at[::-1])
