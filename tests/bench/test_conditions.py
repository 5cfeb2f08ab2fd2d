from __future__ import annotations

import pytest

from rtseg.bench import live, networks
from rtseg.bench.conditions import Conditions
from rtseg.bench.network import Weather
from rtseg.cli import build_parser, main
from rtseg.errors import UsageError


def conditions(*flags: str) -> Conditions | None:
    return Conditions.of(build_parser().parse_args(["bench", "live", *flags]))


def test_without_a_flag_there_is_no_relay() -> None:
    assert conditions() is None


def test_no_loss_is_a_relay_that_loses_nothing() -> None:
    assert conditions("--loss", "0") == Conditions()


def test_flags_are_percent_and_milliseconds_there_and_back() -> None:
    found = conditions("--loss", "3", "--jitter", "20", "--rtt", "80", "--kbps", "500")
    assert found is not None
    assert found.weather == Weather(
        delay_ms=40.0, jitter_ms=20.0, loss=0.03, overtakes=False, kbps=500.0
    )
    assert str(found) == "3 % lost, RTT 80 ms, jitter 20 ms, in order, 500 kbit/s"


def test_every_outage_has_its_calm() -> None:
    assert Conditions(outage_s=1).outages_in(7.0) == 1
    assert Conditions(outage_s=1).outages_in(12.9) == 1
    assert Conditions(outage_s=1).outages_in(13.0) == 2
    assert Conditions(outage_s=0).outages_in(1.0) == 0
    with pytest.raises(UsageError, match="at least 7"):
        Conditions(outage_s=1).outages_in(6.9)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--loss", "91"], "--loss: expected 0 to 90, got 91"),
        (["--loss", "nan"], "--loss"),
        (["--jitter", "-1"], "--jitter"),
        (["--rtt", "20000"], "--rtt"),
        (["--kbps", "0"], "--kbps"),
        (["--kbps", "inf"], "--kbps"),
        (["--reorder"], "--jitter"),
        (["--outage", "1", "--seconds", "5"], "--seconds: expected at least 7"),
        (["--outage", "1", "--sessions", "2"], "one session"),
        (["--networks", "--loss", "1"], "--networks"),
        (["--networks", "--seconds", "3"], "--seconds"),
        (["--networks", "--page", "/no/such.md"], "--page: there is no file"),
        (["--page", "/no/such.md"], "--page: expected --networks"),
    ],
)
def test_a_network_that_cannot_be_is_refused_before_anything_starts(
    flags: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for module in (live, networks):
        monkeypatch.setattr(module, "run", lambda wishes: pytest.fail("it has begun"))
    assert main(["bench", "live", *flags]) == 2
    assert message in capsys.readouterr().err
