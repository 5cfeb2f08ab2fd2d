"""Configuration: YAML file, then environment, then flags; later ones win.

Every timeout and bound has its name here. Unknown keys fail and name the nearest valid one.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast, get_args

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from rtseg.errors import ConfigError

ENV_PREFIX = "RTSEG_"
ENV_SEPARATOR = "__"
#: Variables with the prefix that are not configuration keys.
ENV_RESERVED = frozenset({"RTSEG_HOME", "RTSEG_CONFIG", "RTSEG_CHROMIUM", "RTSEG_FIREFOX"})

_Key = Annotated[SecretStr, Field(min_length=32)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerConfig(_Section):
    """The HTTP server."""

    host: str = Field("127.0.0.1", description="address to listen on; 0.0.0.0 for every network")
    port: int = Field(8000, ge=0, le=65535, description="0 takes a free one")
    max_sessions: int = Field(16, ge=1, description="more are refused with 503")
    max_body_bytes: int = Field(262_144, ge=1024, description="an SDP offer is about 6 KB")
    body_timeout_s: float = Field(60.0, gt=0, description="for a request's body to arrive whole")
    max_streams_per_session: int = Field(8, ge=1, description="WebSockets that watch one session")
    allowed_origins: tuple[str, ...] = Field(
        (), description="web origins, besides its own, whose pages may use this server"
    )
    tls_cert: str | None = Field(
        None, description="PEM file; a camera on another machine's page needs https"
    )
    tls_key: str | None = Field(None, description="PEM file of the certificate's key")
    ping_interval_s: float = Field(3.0, gt=0, description="WebSocket keep-alive")
    ping_timeout_s: float = Field(6.0, gt=0, description="no answer for this long: stream is gone")


class SessionConfig(_Section):
    """One camera."""

    connect_timeout_s: float = Field(15.0, gt=0, description="from the answer to the first frame")
    peer_timeout_s: float = Field(
        10.0, gt=0, description="nothing from the peer for this long, not even reports: it is gone"
    )
    max_prompts: int = Field(32, ge=1, description="prompts at once")
    max_objects: int = Field(32, ge=1, description="objects that words may find at once")
    max_text_chars: int = Field(200, ge=1, description="longest prompt")


class TransportConfig(_Section):
    """How cameras reach this server by WebRTC."""

    ports: str = Field(
        "",
        description="UDP ports for cameras, such as 50000-50100, one each; empty: any that is free",
    )
    advertised_address: tuple[str, ...] = Field(
        (), description="IPs or names that others know this machine by, behind NAT or in containers"
    )
    ice_servers: tuple[str, ...] = Field(
        (), description="stun: and turn: URLs, asked before each answer; on a local network none"
    )
    turn_username: str | None = Field(None, description="for turn: URLs")
    turn_password: SecretStr | None = Field(None, description="for turn: URLs")
    loss_wait_ms: float = Field(
        250.0,
        ge=0,
        description="longest wait for a lost packet to be sent again; it is less where answers "
        "come sooner",
    )
    start_kbps: int = Field(
        2_000, ge=100, description="what a camera's page begins to send with; 300 is its own"
    )
    codec: Literal["any", "VP8", "H264"] = Field(
        "H264", description="what cameras should send if they can; any: as they like"
    )
    least_kbps: int = Field(300, ge=30, description="a page is not asked to send less")

    @field_validator("advertised_address", "ice_servers", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.least_kbps > self.start_kbps:
            raise ValueError(
                f"expected least_kbps <= start_kbps, got {self.least_kbps}, {self.start_kbps}"
            )
        return self


class EngineConfig(_Section):
    """Tracker and models."""

    device: str = Field("auto", description="auto, cpu or cuda")
    track_threads: int = Field(2, ge=1, description="sessions whose trackers run side by side")
    tracker_px: int = Field(
        256,
        ge=64,
        le=1024,
        description="longer side at which trackers work; 320 is better by .01 J, for half as much "
        "time again",
    )
    plate_after_frames: int = Field(
        6,
        ge=0,
        description="how many frames old a model's word must be for the background seen behind an "
        "object to be asked; 0 is better by .01 J behind a quick model, for a third more time",
    )
    opencv_threads: int = Field(1, ge=1, description="threads inside one OpenCV call")
    look_interval_s: float = Field(
        1.0, ge=0, description="from look to look for words, where a video model follows the finds"
    )
    follow_interval_s: float = Field(
        0.25, ge=0, description="from look to look at touched objects, without a video model"
    )
    max_model_rate_hz: float = Field(
        0.0, ge=0, description="model runs a second and session at most; 0 = whenever it is free"
    )


class ModelsConfig(_Section):
    """What answers prompts."""

    default_prompts: tuple[str, ...] = Field(
        ("person",), description="outlined when a session names nothing"
    )
    pull: bool = Field(True, description="fetch a missing default model at the start")
    catalogue: tuple[str, ...] = Field(
        (), description="YAML files with models of your own, besides rtseg's; one or several"
    )

    @field_validator("catalogue", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class ApiConfig(_Section):
    """Single images over HTTP, and who may ask."""

    keys: tuple[SecretStr, ...] = Field(
        (), description="API keys; once there is one, whoever has none is refused"
    )
    keys_file: str | None = Field(None, description="file with API keys, one a line; # comments")
    requests_per_minute: float = Field(
        0.0, ge=0, description="of one key, or of one address where there are no keys; 0 = any"
    )
    concurrent_requests: int = Field(
        0, ge=0, description="in work at once for one key or address; 0 = any number"
    )
    max_waiting: int = Field(
        32, ge=1, description="requests in work at once for all; more are refused with 503"
    )
    max_body_bytes: int = Field(
        33_554_432,
        ge=1024,
        description="a request with its picture, which base64 makes a third larger",
    )
    max_image_bytes: int = Field(
        25_165_824, ge=1024, description="one image file, in the request or fetched"
    )
    max_pixels: int = Field(
        50_000_000, ge=1, description="width × height of an image, known before it is decoded"
    )
    fetch_timeout_s: float = Field(10.0, gt=0, description="to fetch an image_url, all in all")
    max_redirects: int = Field(3, ge=0, description="followed while fetching, each checked anew")
    fetch_ports: tuple[int, ...] = Field(
        (443, 80), description="ports that an image_url may name; empty: any"
    )
    fetch_ca_file: str | None = Field(
        None, description="PEM file of authorities to trust besides the public ones"
    )
    allow_http: bool = Field(False, description="fetch from http:// addresses too, unencrypted")
    allow_private_addresses: bool = Field(
        False, description="fetch from this machine's and its networks' own addresses too"
    )

    @field_validator("keys", "fetch_ports", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str | int) else value


class S3Config(_Section):
    """A bucket for masks, in place of a folder."""

    bucket: str | None = Field(None, description="masks lie here; needs rtseg[s3]")
    prefix: str = Field("masks/", description="of the names in the bucket")
    endpoint: str | None = Field(
        None, description="URL of an S3-compatible service; left out: Amazon's"
    )
    region: str | None = Field(None, description="left out: as AWS's own tools find it")
    access_key_id: str | None = Field(
        None, description="left out: credentials as AWS's own tools find them"
    )
    secret_access_key: SecretStr | None = Field(None, description="of access_key_id")
    redirect: bool = Field(
        False, description="answer a mask's address with 307 to the bucket's own signed one"
    )
    timeout_s: float = Field(5.0, gt=0, description="no connection or no byte for this long")

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.access_key_id is None) != (self.secret_access_key is None):
            raise ValueError("access_key_id and secret_access_key are set together, or neither is")
        return self


class MasksConfig(_Section):
    """Masks and artifacts behind addresses."""

    lifetime_s: int = Field(
        3600, ge=1, le=604_800, description="how long a mask's address works; a week at most"
    )
    clock_skew_s: int = Field(
        30, ge=0, le=3600, description="how far the clocks of servers that share masks are apart"
    )
    sweep_interval_s: float = Field(60.0, gt=0, description="how often expired masks are removed")
    base_url: str | None = Field(
        None, description="how others reach this server; left out: as the request came"
    )
    signing_key: SecretStr | None = Field(
        None, min_length=32, description="left out: made once, and kept in the folder of masks"
    )
    previous_keys: tuple[_Key, ...] = Field(
        (), description="keys whose addresses still work, while signing_key is changed"
    )
    folder: str | None = Field(
        None, description="where masks lie; left out: beside the models, in the user's cache"
    )
    max_bytes: int = Field(
        268_435_456, ge=1024, description="of the folder; the oldest masks go for new ones"
    )
    max_count: int = Field(20_000, ge=1, description="masks in the folder; the oldest go")
    s3: S3Config = S3Config()

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("expected a URL such as https://example.org/rtseg")
        return value


class WireConfig(_Section):
    """Outlines as bytes."""

    min_iou: float = Field(
        0.97, gt=0, le=1, description="fidelity promised for each object and frame; 1 = lossless"
    )


class Config(_Section):
    """All of it. The defaults need no file."""

    server: ServerConfig = ServerConfig()
    session: SessionConfig = SessionConfig()
    transport: TransportConfig = TransportConfig()
    engine: EngineConfig = EngineConfig()
    models: ModelsConfig = ModelsConfig()
    wire: WireConfig = WireConfig()
    api: ApiConfig = ApiConfig()
    masks: MasksConfig = MasksConfig()


def load(
    path: Path | None = None,
    *,
    env: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Config:
    """Read the configuration.

    Parameters
    ----------
    path : YAML file; None takes the one that RTSEG_CONFIG names, or none.
    env : variables such as ``RTSEG_SERVER__PORT=9000``; None reads the process's own.
    flags : dotted keys to values, such as ``{"server.port": 9000}``; None values are left out.

    Raises
    ------
    ConfigError
        If the file is missing or not YAML, a key is unknown or a value is not valid.
    """
    variables = os.environ if env is None else env
    if path is None and variables.get("RTSEG_CONFIG"):
        path = Path(variables["RTSEG_CONFIG"])
    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    if path is not None:
        for key, value in _flatten(_read_yaml(path)):
            _put(values, origin, key, value, f"file {path}")
    for name in sorted(variables):
        if name.startswith(ENV_PREFIX) and name not in ENV_RESERVED:
            key = name.removeprefix(ENV_PREFIX).lower().replace(ENV_SEPARATOR, ".")
            _put(values, origin, key, _parse_scalar(key, variables[name]), f"variable {name}")
    for key, value in (flags or {}).items():
        if value is not None:
            parsed = _parse_scalar(key, value) if isinstance(value, str) else value
            _put(values, origin, key, parsed, "flag")
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(error, origin))) from None


def keys(model: type[BaseModel] = Config, prefix: str = "") -> Iterator[tuple[str, Any, str]]:
    """Walk all keys as (dotted key, default, description)."""
    for name, info in model.model_fields.items():
        key = f"{prefix}{name}"
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from keys(info.annotation, f"{key}.")
        else:
            yield key, info.default, info.description or ""


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"configuration file {path}: {error.strerror or error}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"configuration file {path} is not YAML: {error}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(
            f"configuration file {path}: expected sections such as 'server:', "
            f"got a {type(content).__name__}"
        )
    return cast(dict[str, Any], content)


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{name}.")
        elif value is None and not prefix and str(name) in Config.model_fields:
            continue  # a section whose keys are all commented out
        else:
            yield f"{prefix}{name}", value


def _put(values: dict[str, Any], origin: dict[str, str], key: str, value: Any, source: str) -> None:
    """Set a dotted key in the nested values, or fail naming the nearest valid key."""
    known = [name for name, _, _ in keys()]
    if key not in known:
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.5) or difflib.get_close_matches(
            key.rsplit(".", 1)[-1], [name.rsplit(".", 1)[-1] for name in known], n=1
        )
        hint = ""
        if near:
            full = next(name for name in known if name == near[0] or name.endswith(f".{near[0]}"))
            hint = f"; did you mean '{full}'?"
        raise ConfigError(f"{source}: unknown key '{key}'{hint}")
    *sections, leaf = key.split(".")
    node = values
    for section in sections:
        node = node.setdefault(section, {})
    node[leaf] = value
    origin[key] = source


def _parse_scalar(key: str, text: str) -> Any:
    """Give the text of a variable or a flag the type that YAML would; lists by commas."""
    default = next((default for name, default, _ in keys() if name == key), None)
    if isinstance(default, tuple):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _explain(error: ValidationError, origin: Mapping[str, str]) -> Iterator[str]:
    for problem in error.errors():
        key = ".".join(str(part) for part in problem["loc"] if not isinstance(part, int))
        source = origin.get(key, "configuration")
        yield f"{source}: '{key}': {problem['msg']}{_came(key, problem['input'])}"


def _came(key: str, value: Any) -> str:
    """Say what came in place of something valid, where that may stand in a log."""
    secret = [name for name in _secret_keys() if name == key or name.startswith(f"{key}.")]
    return "" if secret else f", got {value!r}"


@cache
def _secret_keys() -> frozenset[str]:
    """Return the dotted keys of what is never printed."""
    return frozenset(_walk_secrets(Config, ""))


def _walk_secrets(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, info in model.model_fields.items():
        annotation = info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _walk_secrets(annotation, f"{prefix}{name}.")
        elif _holds_secret(annotation):
            yield f"{prefix}{name}"


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_holds_secret(part) for part in get_args(annotation))
