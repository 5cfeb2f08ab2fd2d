"""The golden vectors: what they expect, and that the files are those of the script."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from rtseg.errors import WireError
from rtseg.wire import (
    AckMessage,
    ClockMessage,
    Decoder,
    FrameMessage,
    LateMessage,
    StaleMessage,
)
from tests.vectors import write_wire

VECTORS = Path(__file__).parents[1] / "vectors"
FILES = sorted((VECTORS / "wire").glob("*.json"))


def meaning(decoder: Decoder, packet: bytes) -> dict[str, Any]:
    """What a packet says, in the words of the vectors."""
    try:
        message = decoder.read(packet)
    except WireError:
        return {"error": True}
    if message is None:
        return {"skipped": True}
    if isinstance(message, StaleMessage):
        return {"stale": asdict(message)}
    if isinstance(message, LateMessage):
        return {"late": asdict(message)}
    if isinstance(message, AckMessage):
        return {"ack": asdict(message)}
    if isinstance(message, ClockMessage):
        return {"clock": {"rtp": message.rtp, "ntp": str(message.ntp)}}
    assert isinstance(message, FrameMessage)
    return {
        "frame": {
            "frame_id": message.frame_id,
            "width": message.width_px,
            "height": message.height_px,
            "objects": [
                {
                    "track_id": item.track_id,
                    "score_u8": item.score_u8,
                    "age_ms": item.age_ms,
                    "label": item.label,
                    "rings": [ring.tolist() for ring in item.path.rings],
                }
                | ({"stage": item.stage} if item.stage != "fine" else {})
                | ({"standing": asdict(item.standing)} if item.standing else {})
                | ({"frame_id": item.frame_id} if item.frame_id != message.frame_id else {})
                for item in message.objects
            ],
            "timing": asdict(message.timing) if message.timing else None,
        }
        | ({} if message.is_whole else {"whole": False})
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_decoder_gives_what_a_vector_expects(path: Path) -> None:
    vector = json.loads(path.read_text(encoding="utf-8"))
    assert vector["name"] == path.stem
    assert len(vector["packets"]) == len(vector["expect"])
    decoder = Decoder()
    for index, (packet, expected) in enumerate(
        zip(vector["packets"], vector["expect"], strict=True)
    ):
        assert meaning(decoder, bytes.fromhex(packet)) == expected, f"packet {index}"


def test_files_are_those_of_the_script() -> None:
    on_disk = {path.name: path.read_text(encoding="utf-8") for path in FILES}
    assert on_disk == write_wire.texts(), "run: python -m tests.vectors.write_wire"
