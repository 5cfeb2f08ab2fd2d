"""JSON Schema as pydantic and zod write it, read into a tree without references.

Understood: `$ref` into the document, `anyOf`, `oneOf`, `allOf`, `type` as a list, `properties`,
`required`, `additionalProperties`, `patternProperties`, `items`, `prefixItems`, `minItems`,
`maxItems`, `enum`, `const`, `default`, `minimum`, `maximum`, `format`, and `title` and
`description` for what a field means. `pattern`, lengths and the rest are not looked at, but for the
`^img_` of an artifact's id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from rtseg.server.chat.errors import RequestError, shown

MAX_NODES = 2000
"""Of a schema whose references are written out; one of outlines has a dozen."""

_MAX_DEPTH = 24

Kind: TypeAlias = Literal[
    "object", "array", "string", "number", "integer", "boolean", "null", "any", "union"
]

_KINDS = ("object", "array", "string", "number", "integer", "boolean", "null")


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()
"""There is no default."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """What may stand at one place of an answer.

    Parameters
    ----------
    path : of the place, for messages: `segmentations[].mask_url`.
    name : of the field, or of the list that it is in; empty at the top.
    kind : the type; `"any"` where the schema leaves it open, `"union"` where there are `options`.
    says : title and description, of the place and of its type.
    fields, required : of an object.
    rest : what other fields than these may hold; None if it does not say.
    is_closed : there may be no others.
    items, prefix, least, most : of an array.
    options : of a union; null is the last.
    enum : the values that are allowed; None: all.
    default : if it is left out.
    minimum, maximum : of a number.
    format, pattern : of a string.
    """

    path: str
    name: str
    kind: Kind
    says: str = ""
    fields: Mapping[str, Node] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    rest: Node | None = None
    is_closed: bool = False
    items: Node | None = None
    prefix: tuple[Node, ...] = ()
    least: int = 0
    most: int | None = None
    options: tuple[Node, ...] = ()
    enum: tuple[Any, ...] | None = None
    default: Any = MISSING
    minimum: float | None = None
    maximum: float | None = None
    format: str = ""
    pattern: str = ""

    @property
    def is_nullable(self) -> bool:
        """Null may stand here."""
        return self.kind == "null" or any(option.kind == "null" for option in self.options)

    def some(self) -> Node:
        """Return what may stand here besides null, if that is one thing only."""
        others = [option for option in self.options if option.kind != "null"]
        return others[0] if len(others) == 1 else self

    def walk(self) -> Iterator[Node]:
        """Yield this and every node below."""
        yield self
        below = [*self.fields.values(), *self.prefix, *self.options]
        for node in [*below, *(node for node in (self.items, self.rest) if node is not None)]:
            yield from node.walk()


def parse(schema: Any) -> Node:
    """Read a schema.

    Raises
    ------
    RequestError
        `unsupported_schema`: it is not a schema, refers to itself or to nothing, or is too large;
        the message names the place.
    """
    if not isinstance(schema, Mapping):
        raise _wrong("", f"expected a JSON schema, an object, got {shown(schema)}")
    return _Reader(schema).node(schema, "", "", ())


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._count = 0

    def node(self, schema: Any, path: str, name: str, refs: tuple[str, ...]) -> Node:
        """Read what stands at a path; `refs` are the references that led there."""
        self._count += 1
        if self._count > MAX_NODES or path.count(".") + path.count("[") > _MAX_DEPTH:
            raise _wrong(path, f"larger than {MAX_NODES} places or deeper than {_MAX_DEPTH}")
        if schema is True or schema == {}:
            return Node(path, name, "any")
        if not isinstance(schema, Mapping):
            raise _wrong(path, f"expected a schema, an object, got {shown(schema)}")
        says = _says(schema)
        schema, refs = self._resolved(schema, path, refs)
        says = " ".join(dict.fromkeys([*filter(None, [says, _says(schema)])]))
        options = self._options(schema, path, name, refs)
        if options:
            options.sort(key=lambda option: option.kind == "null")
            default = schema.get("default", MISSING)
            return Node(path, name, "union", says, options=tuple(options), default=default)
        return self._typed(schema, path, name, refs, says)

    def _resolved(
        self, schema: Mapping[str, Any], path: str, refs: tuple[str, ...]
    ) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        """Write references and `allOf` out."""
        while True:
            if (ref := schema.get("$ref")) is not None:
                if not isinstance(ref, str):
                    raise _wrong(path, f"$ref: expected text, got {shown(ref)}")
                if ref in refs:
                    raise _wrong(
                        path, f"{ref} refers to itself; an answer of rtseg has no such depth"
                    )
                refs = (*refs, ref)
                beside = {key: value for key, value in schema.items() if key != "$ref"}
                schema = {**self._at(ref, path), **beside}
            elif parts := schema.get("allOf"):
                if not isinstance(parts, list):
                    raise _wrong(path, f"allOf: expected a list, got {shown(parts)}")
                merged: dict[str, Any] = {}
                for part in parts:
                    if not isinstance(part, Mapping):
                        raise _wrong(path, f"allOf: expected schemas, got {shown(part)}")
                    known, refs = self._resolved(part, path, refs)
                    for key, value in known.items():
                        if key == "properties" and isinstance(value, Mapping):
                            merged[key] = {**merged.get(key, {}), **value}
                        elif key == "required" and isinstance(value, list):
                            merged[key] = [*merged.get(key, []), *value]
                        else:
                            merged[key] = value
                beside = {key: value for key, value in schema.items() if key != "allOf"}
                schema = {**merged, **beside}
            else:
                return schema, refs

    def _at(self, ref: str, path: str) -> Mapping[str, Any]:
        found: Any = self._document
        if not ref.startswith("#"):
            raise _wrong(path, f"$ref {shown(ref)}: expected a place in the schema, '#/$defs/…'")
        for step in filter(None, ref[1:].split("/")):
            step = step.replace("~1", "/").replace("~0", "~")
            found = found.get(step) if isinstance(found, Mapping) else None
        if not isinstance(found, Mapping):
            raise _wrong(path, f"$ref {shown(ref)}: nothing is there")
        return found

    def _options(
        self, schema: Mapping[str, Any], path: str, name: str, refs: tuple[str, ...]
    ) -> list[Node]:
        for key in ("anyOf", "oneOf"):
            options = schema.get(key)
            if options is None:
                continue
            if not isinstance(options, list) or not options:
                raise _wrong(path, f"{key}: expected a list of schemas, got {shown(options)}")
            return [self.node(option, path, name, refs) for option in options]
        kinds = schema.get("type")
        if isinstance(kinds, list):
            return [self.node({**schema, "type": kind}, path, name, refs) for kind in kinds]
        return []

    def _typed(
        self, schema: Mapping[str, Any], path: str, name: str, refs: tuple[str, ...], says: str
    ) -> Node:
        enum = tuple(schema["enum"]) if isinstance(schema.get("enum"), list) else None
        if "const" in schema:
            enum = (schema["const"],)
        kind = schema.get("type")
        if kind is None:
            kind = _implied(schema, enum)
        if kind not in (*_KINDS, "any"):
            raise _wrong(path, f"expected a type of {', '.join(_KINDS)}, got {shown(kind)}")
        fields: dict[str, Node] = {}
        rest = items = None
        prefix: list[Node] = []
        required: frozenset[str] = frozenset()
        if kind == "object":
            properties = schema.get("properties") or {}
            if not isinstance(properties, Mapping):
                raise _wrong(path, f"properties: expected an object, got {shown(properties)}")
            for key, below in properties.items():
                at = f"{path}.{key}" if path else str(key)
                fields[str(key)] = self.node(below, at, str(key), refs)
            wanted = schema.get("required") or []
            required = (
                frozenset(str(key) for key in wanted) if isinstance(wanted, list) else required
            )
            patterns = schema.get("patternProperties")
            beyond = schema.get("additionalProperties")
            if isinstance(patterns, Mapping) and patterns:
                beyond = next(iter(patterns.values()))
            if isinstance(beyond, Mapping):
                rest = self.node(beyond, f"{path}.*" if path else "*", name, refs)
            for key in sorted(required - fields.keys()):
                fields[key] = Node(f"{path}.{key}" if path else key, key, "any")
        elif kind == "array":
            written = schema.get("prefixItems")
            tuple_like = schema.get("items")
            if written is None and isinstance(tuple_like, list):  # before draft 2020-12
                written, tuple_like = tuple_like, schema.get("additionalItems")
            if isinstance(written, list):
                prefix = [
                    self.node(each, f"{path}[{place}]", name, refs)
                    for place, each in enumerate(written)
                ]
            if isinstance(tuple_like, Mapping) or tuple_like is True:
                items = self.node(tuple_like, f"{path}[]", name, refs)
        return Node(
            path,
            name,
            kind,
            says,
            fields,
            required,
            rest,
            schema.get("additionalProperties") is False,
            items,
            tuple(prefix),
            _whole(schema.get("minItems")) or 0,
            _whole(schema.get("maxItems")),
            enum=enum,
            default=schema.get("default", MISSING),
            minimum=_bound(schema.get("minimum", schema.get("exclusiveMinimum"))),
            maximum=_bound(schema.get("maximum", schema.get("exclusiveMaximum"))),
            format=str(schema.get("format", "")),
            pattern=str(schema.get("pattern", "")),
        )


def _implied(schema: Mapping[str, Any], enum: tuple[Any, ...] | None) -> Any:
    """Return the type of a schema that does not say it."""
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    if "items" in schema or "prefixItems" in schema:
        return "array"
    if enum:
        types = {type(value) for value in enum}
        names = {str: "string", bool: "boolean", int: "integer", float: "number"}
        return names.get(types.pop(), "any") if len(types) == 1 else "any"
    return "any"


def _says(schema: Mapping[str, Any]) -> str:
    texts = [schema.get("title"), schema.get("description")]
    return " ".join(text[:2000] for text in texts if isinstance(text, str))


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _bound(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def _wrong(path: str, message: str) -> RequestError:
    return RequestError(
        f"the schema{f' at {path[:200]}' if path else ''}: {message}",
        code="unsupported_schema",
        param="response_format",
    )
