"""Write the golden vectors of the wire format, by hand: ``python -m tests.vectors.write_wire``.

The bytes are put together in ``streams/`` from docs/wire.md alone, and what they mean is spelled
out beside them: nothing of `rtseg.wire` takes part. Each file of ``wire/`` is a stream that one
decoder reads from its first packet to its last::

    {"name": …, "packets": [hex, …], "expect": [one of these for each packet, …]}

    {"frame": {"frame_id", "width", "height",
               "objects": [{"track_id", "score_u8", "age_ms", "label": text or null,
                            "rings": [[[x, y], …], …]}, …],
               "timing": null or {"handed_us", …}}}
               (an object that is not fine has its "stage", one of another frame its "frame_id", one
                that has a standing "standing": {"state", "confidence_u8"}, a frame that is not
                whole "whole": false)
    {"clock": {"rtp": number, "ntp": decimal text}}
    {"late": {"frame_id"}}
               (nothing is drawn: it is older than what is shown, or a part that came before)
    {"stale": {"frame_id", "base_id"}}
               (nothing is drawn: its base is not kept)
    {"ack": {"frame_id"}}
    {"skipped": true}
    {"error": true}
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.vectors.packets import Step
from tests.vectors.streams import changed, history, parts, standings, whole, wrong

FOLDER = Path(__file__).parent / "wire"


def texts() -> dict[str, str]:
    """Give the text of every file by its name."""
    streams: dict[str, list[Step]] = {
        **whole.plain(),
        **whole.growth(),
        **whole.coded_outlines(),
        **whole.names(),
        **wrong.errors(),
        **changed.changes(),
        **changed.moved_outlines(),
        **history.histories(),
        **parts.stages(),
        **parts.in_parts(),
        **standings.standings(),
    }
    return {
        f"{title}.json": (
            f'{{\n"name": "{title}",\n'
            f'"packets": {_lines([data.hex() for data, _ in steps])},\n'
            f'"expect": {_lines([expected for _, expected in steps])}\n}}\n'
        )
        for title, steps in streams.items()
    }


def _lines(items: list[Any]) -> str:
    return "[\n" + ",\n".join(json.dumps(item) for item in items) + "\n]"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    wanted = texts()
    for path in FOLDER.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for file_name, text in wanted.items():
        (FOLDER / file_name).write_text(text, encoding="utf-8")
