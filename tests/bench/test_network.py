from __future__ import annotations

import pytest

from rtseg.bench.network import QUEUE_MS, Way, Weather

CALM = Weather(delay_ms=10.0)


def came(way: Way[int], at_ms: float = 1e9) -> list[int]:
    return [item for _, item in way.arrived(at_ms)]


def test_what_is_sent_comes_after_the_delay() -> None:
    way: Way[int] = Way(CALM, 1)
    assert way.next_ms is None
    way.send(5.0, 1)
    assert way.next_ms == 15.0
    assert way.arrived(14.9) == []
    assert way.arrived(15.0) == [(15.0, 1)]
    assert way.next_ms is None


@pytest.mark.parametrize("overtakes", [True, False])
def test_jitter_reorders_only_where_it_may(overtakes: bool) -> None:
    way: Way[int] = Way(Weather(delay_ms=5, jitter_ms=20, overtakes=overtakes), 1)
    for number in range(100):
        way.send(float(number), number)
    arrived = way.arrived(1e9)
    items = [item for _, item in arrived]
    assert sorted(items) == list(range(100))
    assert (items == sorted(items)) is not overtakes
    delays = [at - item for at, item in arrived]
    assert min(delays) >= 5
    assert 20 < max(delays) <= 25


def test_what_is_lost_is_counted() -> None:
    way: Way[int] = Way(Weather(loss=0.25), 1)
    for number in range(1000):
        way.send(0.0, number)
    assert way.counts.sent == 1000
    assert 200 < way.counts.lost < 300
    assert len(came(way)) == 1000 - way.counts.lost


def test_nothing_is_let_through_while_it_is_down_and_what_flies_arrives() -> None:
    way: Way[int] = Way(CALM, 1)
    way.send(0.0, 1)
    way.weather = Weather(delay_ms=10.0, is_down=True)
    way.send(1.0, 2)
    way.weather = CALM
    way.send(2.0, 3)
    assert came(way) == [1, 3]
    assert way.counts.cut == 1


def test_a_narrow_way_lets_through_what_it_can_and_queues_no_more_than_its_buffer() -> None:
    way: Way[int] = Way(Weather(delay_ms=0.0, kbps=80.0), 1)  # 10 bytes a millisecond
    for number in range(100):
        way.send(0.0, number, 100)
    arrived = way.arrived(1e9)
    assert [at for at, _ in arrived[:3]] == [10.0, 20.0, 30.0]
    assert arrived[-1][0] <= QUEUE_MS + 10
    assert way.counts.crowded_out == 100 - len(arrived) == 79
    way.send(1000.0, 7, 100)  # empty again
    assert way.arrived(1010.0) == [(1010.0, 7)]
