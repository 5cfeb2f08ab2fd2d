"""The body of a chat completion's request, as far as it matters to outlines.

What steers a language model (`temperature`, `max_tokens`, `seed` …) is taken and makes no
difference. What would make the answer another one than the client expects is refused.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rtseg.server.chat.errors import RequestError, shown
from rtseg.server.chat.schemas import Node, parse


class MessageBody(BaseModel):
    """A message: text, or a list of text and image parts."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[dict[str, Any]] | None = Field(
        None,
        examples=[
            [
                {"type": "text", "text": "Segment all the cars in this image"},
                {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,…"}},
            ]
        ],
    )


class StreamOptions(BaseModel):
    """What a stream ends with."""

    model_config = ConfigDict(extra="ignore")

    include_usage: bool = False


class ChatBody(BaseModel):
    """A picture, what to outline in it, and the schema of the answer."""

    model_config = ConfigDict(extra="ignore")

    messages: list[MessageBody] = Field(min_length=1, max_length=1000)
    model: str | None = Field(
        None, description='of GET /v1/openai/models; "auto" and names of the service: the best'
    )
    response_format: dict[str, Any] | None = Field(
        None, description='{"type": "json_schema", "schema": {…}}, or OpenAI\'s nested form'
    )
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = None
    tool_choice: Any = Field(None, description='"none" and "auto": there are no tools')
    function_call: Any = None
    modalities: list[str] | None = None

    def check(self) -> None:
        """See that nothing is asked for that cannot be given.

        Raises
        ------
        RequestError
            It names the parameter.
        """
        if self.n not in {None, 1}:
            raise RequestError(
                f"n: expected 1, got {self.n}: the same picture and words have one answer here",
                code="unsupported_value",
                param="n",
            )
        for name in ("tool_choice", "function_call"):
            value = getattr(self, name)
            if value not in (None, "none", "auto"):
                raise RequestError(
                    f'{name}: expected "none" or "auto", got {shown(value)}: rtseg calls no '
                    "tools; ask for outlines in a schema of your own with response_format",
                    code="unsupported_value",
                    param=name,
                )
        if self.modalities and "text" not in self.modalities:
            raise RequestError(
                "modalities: expected text to be among them; masks come as addresses in it",
                code="unsupported_value",
                param="modalities",
            )

    def schema_node(self) -> Node | None:
        """Return the schema of the answer; None if the caller leaves it to us.

        Raises
        ------
        RequestError
            It is not one; or not one that rtseg reads.
        """
        form = self.response_format
        if form is None:
            return None
        kind = form.get("type")
        if kind in {"text", "json_object"}:
            return None
        if kind != "json_schema":
            raise RequestError(
                'response_format.type: expected "json_schema", "json_object" or "text", got '
                f"{shown(kind)}",
                param="response_format.type",
            )
        nested = form.get("json_schema")
        if nested is not None and not isinstance(nested, dict):
            raise RequestError(
                'response_format.json_schema: expected {"name": …, "schema": {…}}, got '
                f"{shown(nested)}",
                param="response_format.json_schema",
            )
        schema = form.get("schema")
        if schema is None and nested is not None:
            schema = nested.get("schema", nested if "properties" in nested else None)
        if schema is None:
            raise RequestError(
                'response_format: expected the schema in "schema", or in "json_schema.schema", '
                "got none",
                param="response_format",
            )
        return parse(schema)
