"""Motion as a whole: the affine map is found from flow, and maps chain as functions do."""

from __future__ import annotations

import numpy as np

from rtseg.tracking.flow import identity_map
from rtseg.tracking.motion import STILL, affine_of, chain

TURN = np.array([[0.995, -0.0998, 14.0], [0.0998, 0.995, -9.0]])
STRETCH = np.array([[1.1, 0.02, -5.0], [0.0, 0.95, 3.0]])


def test_maps_chain_as_functions_do() -> None:
    point = np.array([31.0, 17.0, 1.0])
    stepwise = STRETCH @ np.append(TURN @ point, 1.0)
    assert np.allclose(chain(TURN, STRETCH) @ point, stepwise)
    assert np.allclose(chain(STILL, TURN), TURN)
    assert np.allclose(chain(TURN, STILL), TURN)


def test_motion_is_found_though_a_fifth_of_the_flow_is_astray() -> None:
    soft = np.zeros((90, 160), np.float32)
    soft[20:70, 40:120] = 1
    grid = identity_map((160, 90))
    flow = np.asarray(grid @ TURN[:, :2].T + TURN[:, 2], np.float32)
    flow[20:70, 40:56] += (12, 0)
    found = affine_of(soft, flow)
    corners = np.array([[60, 20, 1], [119, 20, 1], [60, 69, 1], [119, 69, 1]], np.float64)
    assert np.abs(corners @ (found - TURN).T).max() < 2


def test_no_object_no_motion() -> None:
    assert affine_of(np.zeros((90, 160), np.float32), identity_map((160, 90))) is STILL
