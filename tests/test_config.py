"""Configuration: precedence, and errors that name the nearest valid key."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtseg.config import Config, keys, load
from rtseg.errors import ConfigError

REPOSITORY = Path(__file__).parent.parent


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rtseg.yaml"
    path.write_text(text)
    return path


def test_no_file_is_needed() -> None:
    assert load(env={}) == Config()


@pytest.mark.parametrize("source", ["variable", "flag"])
def test_lists_are_given_with_commas(source: str) -> None:
    text = "https://one.example, https://two.example"
    env = {"RTSEG_SERVER__ALLOWED_ORIGINS": text} if source == "variable" else {}
    flags = {"server.allowed_origins": text} if source == "flag" else {}
    origins = load(env=env, flags=flags).server.allowed_origins
    assert origins == ("https://one.example", "https://two.example")


def test_file_then_environment_then_flags(tmp_path: Path) -> None:
    path = write(tmp_path, "server: {host: a, port: 1, max_sessions: 3}\n")
    env = {"RTSEG_SERVER__HOST": "b", "RTSEG_SERVER__PORT": "2"}
    server = load(path, env=env, flags={"server.port": 3, "server.host": None}).server
    assert (server.host, server.port, server.max_sessions) == ("b", 3, 3)


def test_the_file_may_be_named_by_the_environment(tmp_path: Path) -> None:
    path = write(tmp_path, "wire: {min_iou: 0.5}")
    env = {"RTSEG_CONFIG": str(path), "RTSEG_HOME": "elsewhere", "OTHER": "x"}
    assert load(env=env).wire.min_iou == 0.5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("server: {prot: 1}", "unknown key 'server.prot'; did you mean 'server.port'?"),
        ("sever: {port: 1}", "did you mean 'server.port'?"),
        ("port: 1", "did you mean 'server.port'?"),
        ("server: {port: high}", "'server.port'"),
        ("server: {port: 70000}", "less than or equal to 65535"),
        ("wire: {min_iou: 0}", "'wire.min_iou'"),
        ("- 1", "expected sections"),
        ("server: [", "is not YAML"),
        ("zzzz: 1", "unknown key 'zzzz'"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path, env={})
    assert says in str(caught.value)
    assert str(path) in str(caught.value)


def test_what_is_wrong_elsewhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="variable RTSEG_SERVER__PROT: unknown key"):
        load(env={"RTSEG_SERVER__PROT": "1"})
    with pytest.raises(ConfigError, match=r"flag: unknown key 'wire.iou'; did you mean"):
        load(env={}, flags={"wire.iou": 1})
    with pytest.raises(ConfigError, match="No such file"):
        load(tmp_path / "none.yaml", env={})


def test_empty_files_and_sections_are_fine(tmp_path: Path) -> None:
    assert load(write(tmp_path, ""), env={}) == Config()
    assert load(write(tmp_path, "server:\n  # port: 1\n"), env={}) == Config()


@pytest.mark.parametrize("path", sorted((REPOSITORY / "configs").glob("*.yaml")), ids=str)
def test_the_configurations_that_come_along_are_valid(path: Path) -> None:
    assert load(path, env={}) != Config()


def test_every_key_explains_itself() -> None:
    assert all(description for _, _, description in keys())


SECRET = "correct-horse"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f"masks: {{signing_key: {SECRET}}}", "masks.signing_key"),
        (f"masks: {{signing_key: [{SECRET}]}}", "masks.signing_key"),
        (f"masks: {{previous_keys: [{SECRET}]}}", "masks.previous_keys"),
        (f"masks: {{previous_keys: {SECRET}}}", "masks.previous_keys"),
        (f"masks: {{s3: {{secret_access_key: {SECRET}}}}}", "masks.s3"),
        (f"masks: {{s3: {{secret_access_key: [{SECRET}]}}}}", "masks.s3.secret_access_key"),
    ],
)
def test_secrets_are_not_printed_where_they_are_wrong(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, text), env={})
    assert key in str(caught.value)
    assert SECRET not in str(caught.value)


def test_secrets_are_not_printed_where_they_are_right() -> None:
    env = {
        "RTSEG_MASKS__SIGNING_KEY": SECRET * 3,
        "RTSEG_MASKS__PREVIOUS_KEYS": f"{SECRET}{SECRET}{SECRET}, {SECRET * 4}",
    }
    config = load(env=env)
    assert SECRET not in f"{config!r} {config} {config.model_dump_json()}"
    assert config.masks.signing_key is not None
    assert config.masks.signing_key.get_secret_value() == SECRET * 3
    assert [key.get_secret_value() for key in config.masks.previous_keys] == [
        SECRET * 3,
        SECRET * 4,
    ]


def test_what_is_wrong_and_no_secret_is_still_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="got 'ftp://here'"):
        load(write(tmp_path, "masks: {base_url: 'ftp://here'}"), env={})
