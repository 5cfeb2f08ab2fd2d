"""VLM Run's page, with the address changed: its own client, and OpenAI's 1.x.

Arguments: the address of the server, the snippet, a photo. Writes JSON. Run by the Python of
`.venv-clients`.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import httpx
import openai
from PIL import Image
from pydantic import BaseModel, Field
from vlmrun.client import VLMRun


class SegmentationMask(BaseModel):
    label: str = Field(..., description="The label of the segmented object")
    mask_url: str = Field(..., description="Pre-signed URL of the PNG mask")


class Segmentations(BaseModel):
    segmentations: list[SegmentationMask]


class ImageRef(BaseModel):
    id: str = Field(..., pattern=r"^img_\w{6}$")


class Cut(BaseModel):
    label: str
    mask: ImageRef


class Cuts(BaseModel):
    cuts: list[Cut]


def messages(text: str, photo: str) -> list[dict[str, Any]]:
    data = base64.b64encode(Path(photo).read_bytes()).decode()
    image = {"url": f"data:image/jpeg;base64,{data}", "detail": "auto"}
    parts = [{"type": "text", "text": text}, {"type": "image_url", "image_url": image}]
    return [{"role": "user", "content": parts}]


def opened(url: str) -> dict[str, Any]:
    """What a mask is, to whoever opens it."""
    import io

    mask = Image.open(io.BytesIO(httpx.get(url, trust_env=False).content))
    return {"size": mask.size, "mode": mask.mode, "values": sorted(set(mask.getdata()))}


def with_openai(address: str, photo: str) -> Any:
    """The page's snippet."""
    client = openai.OpenAI(base_url=f"{address}/v1/openai", api_key="any")
    response = client.chat.completions.create(
        model="vlm-agent-1",
        messages=messages("Segment the person in this image", photo),  # type: ignore[arg-type]
        response_format={  # type: ignore[call-overload]
            "type": "json_schema",
            "schema": Segmentations.model_json_schema(),
        },
    )
    found = Segmentations.model_validate_json(response.choices[0].message.content)
    return {
        "version": openai.__version__,
        "labels": [each.label for each in found.segmentations],
        "masks": [opened(each.mask_url) for each in found.segmentations],
    }


def with_vlmrun(address: str, photo: str) -> Any:
    """The SDK: its health check, its completions, its artifacts."""
    client = VLMRun(api_key="any", base_url=f"{address}/v1")
    response = client.agent.completions.create(
        model="vlmrun-orion-1:auto",
        messages=messages("Segment each face", photo),
        response_format={"type": "json_schema", "schema": Cuts.model_json_schema()},
        toolsets=["image"],
    )
    found = Cuts.model_validate_json(response.choices[0].message.content)
    session_id = response.session_id
    masks = [
        client.artifacts.get(session_id=session_id, object_id=cut.mask.id) for cut in found.cuts
    ]
    return {
        "healthy": client.healthcheck(),
        "labels": [cut.label for cut in found.cuts],
        "sizes": [mask.size for mask in masks],
        "covered": [sum(value > 127 for value in mask.convert("L").getdata()) for mask in masks],
    }


def refused(address: str, photo: str) -> Any:
    """What neither can have."""
    client = VLMRun(api_key="any", base_url=f"{address}/v1")
    message = (
        client.agent.completions.create(
            model="vlm-agent-1", messages=messages("Segment the unicorn", photo)
        )
        .choices[0]
        .message
    )
    return {"content": message.content, "refusal": message.refusal}


def unauthorized(address: str, photo: str) -> Any:
    """A wrong key: the SDK says so when it is built."""
    try:
        VLMRun(api_key="wrong-key", base_url=f"{address}/v1")
    except Exception as error:
        return type(error).__name__
    return "built"


if __name__ == "__main__":
    address, snippet, photo = sys.argv[1:]
    print(json.dumps(globals()[snippet](address, photo)))
