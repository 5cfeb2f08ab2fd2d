"""A report as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rtseg.bench.recovery import STEP_WORDS

_AGE_COLUMNS = ("p50", "p95", "p99", "max")
_STAGE_NOTES = {
    "network": "coding in the browser, network, jitter buffer",
    "decode": "decoder thread, and back to the event loop",
    "wait": "until the tracker took it",
    "track": "pixels and tracker",
    "path": "masks to outlines",
    "encode": "outlines to bytes",
    "send": "to the page's hands",
    "page": "until it was drawn on the canvas",
}

_FATES = {"lost": "lost", "cut": "lost in outages", "crowded_out": "too many for the line"}


def render(report: Mapping[str, Any]) -> str:
    """Lay a report of `rtseg.bench.live` out as text."""
    return "\n".join(_lines(report))


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    what, machine, versions = report["what"], report["machine"], report["versions"]
    yield (
        f"rtseg bench live: {what['video']}, {what['size']} at {what['fps']} fps, "
        f"{what['seconds']:g} s, {what['sessions']} session(s), {what['channel']}"
    )
    yield (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['os']}; "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
    )
    yield ""
    yield from _frame_lines(report)
    yield from _network_lines(report)
    yield ""
    yield _row("ms", "mean", *_AGE_COLUMNS)
    ages = report["mask_age_ms"]
    yield _spread("capture to arrival", ages["to_arrival"])
    yield _spread("capture to paint", ages["to_paint"])
    for name, values in report["stages_ms"].items():
        yield _spread(f"  {name}", values, _STAGE_NOTES[name])
    yield _spread("evidence age", report["evidence_age_ms"], "this frame minus the model's")
    yield _spread("model", report["model_ms"], "not on a frame's way")
    yield ""
    yield from _cost_lines(report)
    yield from _caller_lines(report)
    yield ""
    yield from _trust_lines(report)


def _frame_lines(report: Mapping[str, Any]) -> Iterator[str]:
    frames = report["frames"]
    rates, share, missing = (
        frames["per_second"],
        frames["share_of_decoded"],
        frames["without_mask"],
    )
    order = ("camera", "preview", "encoded", "sent", "decoded", "packets", "masks", "painted")
    yield "frames/s   " + "  ".join(f"{name} {_number(rates[name])}" for name in order)
    yield (
        f"of {frames['counts']['decoded']} decoded: mask at the page {_percent(share['with_mask'])}"
        f", packet {_percent(share['with_packet'])}; without: {missing['no_packet']} no packet, "
        f"{missing['packet_without_outline']} packet without an outline"
    )
    if len(report["pages"]) > 1:
        each = (
            f"{_number(page['masks_per_second'])}/s p50 {_number(page['to_arrival_ms']['p50'])} ms"
            for page in report["pages"]
        )
        yield "each page  " + ", ".join(each)
    drops = ", ".join(f"{cause} {count:g}" for cause, count in report["drops"].items())
    old = report["older_than_250_ms"]
    yield f"drops      {drops or 'none'}"
    yield f"> 250 ms   {old['at_arrival']} at arrival, {old['at_paint']} at paint"


def _network_lines(report: Mapping[str, Any]) -> Iterator[str]:
    if not (network := report.get("network")):
        return
    yield f"network    {network['conditions']}; RTT by ICE {_number(network['rtt_ms'])} ms"
    for name, way in network["packets"].items():
        outcome = ", ".join(f"{way[key]} {words}" for key, words in _FATES.items() if way[key])
        yield f"  {name:<9}{way['sent']} packets, {outcome or 'none lost'}"
    behind = network["more_than_a_frame_behind"]
    yield (
        f"  outline  more than a frame behind {_percent(behind)} of the time, still for "
        f"{_number(network['longest_still_ms'])} ms at most"
    )
    if steps := network.get("recovery_ms"):
        yield f"  back     after {network['outages']} outage(s), p50 and max, ms:"
        for step, values in steps.items():
            never = f", {values['never']} time(s) never" * bool(values["never"])
            times = f"{_number(values['p50'])} {_number(values['max'])}"
            yield f"    {times:<16} {STEP_WORDS[step]}{never}"


def _cost_lines(report: Mapping[str, Any]) -> Iterator[str]:
    size, cpu, memory = report["bytes"], report["cpu_s_per_s"], report["server_memory_mb"]
    sender = report["sender_ms_mean"]
    yield (
        f"mask bytes {_number(size['per_frame_mean'])} a frame (p95 "
        f"{_number(size['per_frame_p95'])}), {_number(size['per_second'])} a second"
    )
    kinds = ", ".join(
        f"{kind} {_number(value)}"
        for kind, value in cpu["browser_by_kind"].items()
        if value >= 0.005
    )
    yield (
        f"CPU s/s    server {_number(cpu['server'])}, browser {_number(cpu['browser'])} ({kinds}), "
        f"bench {_number(cpu['bench'])}, others {_number(cpu['others'])}"
    )
    yield (
        f"memory     server {memory['start']} MB at the start, {memory['end']} at the end, "
        f"{memory['max']} at most"
    )
    yield (
        f"sender     {report['codec'] or 'unknown codec'}, {', '.join(report['frames']['sizes'])}, "
        f"coding {_number(sender['encode'])} ms a frame, "
        f"pacing {_number(sender['pacing_per_packet'])} ms a packet"
    )


def _caller_lines(report: Mapping[str, Any]) -> Iterator[str]:
    if row := report.get("image_callers"):
        yield (
            f"images     {row['callers']} caller(s) beside, {row['answers']} answers, "
            f"{_number(row['per_s'])} a second, p50 {_number(row['ms']['p50'])} ms, p95 "
            f"{_number(row['ms']['p95'])}, errors {sum(row['errors'].values())}"
        )


def _trust_lines(report: Mapping[str, Any]) -> Iterator[str]:
    identity, clock = report["identity"], report["page_minus_server_clock_ms"]
    error = identity["capture_time_error_ms"]
    yield (
        f"identity   {identity['checked'] - identity['wrong']} of {identity['checked']} sampled "
        f"masks are for the frame the page takes them for ({identity['unreadable']} unreadable); "
        f"capture time off by {_number(error['p50'])} ms p50, {_number(error['max'])} max"
    )
    yield (
        "clocks     page and server share this machine's clock; theirs differ by "
        f"{_number(clock['offset'])} ± {_number(clock['uncertainty'])} ms"
    )
    for note in report["notes"]:
        yield f"note       {note}"


def _spread(name: str, values: Mapping[str, Any], note: str = "") -> str:
    return _row(name, *(_number(values[column]) for column in ("mean", *_AGE_COLUMNS)), note=note)


def _row(name: str, *cells: str, note: str = "") -> str:
    return (f"{name:<20}" + "".join(f"{cell:>9}" for cell in cells) + f"   {note}").rstrip()


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
