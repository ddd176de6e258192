"""A house is opened over what is there already: its key, its rows and the file with its credentials."""

import json
import logging
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from holdfast import main
from holdfast.config import Config, ConfigError


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A house that was started once, and is down."""
    config = Config(data=tmp_path / "data")
    start(config)
    return config


def start(config: Config) -> dict[str, str]:
    with main.opened(config) as db:
        main.settle(db, config)
    told: dict[str, str] = json.loads((config.data / "credentials.json").read_text())
    return told


@pytest.mark.parametrize("other", [None, Fernet.generate_key()], ids=["lost", "another"])
def test_a_key_that_is_not_the_databases_starts_nothing_and_the_right_one_does(
    config: Config, other: bytes | None
) -> None:
    known, right = start(config), config.key_path.read_bytes()
    config.key_path.unlink()
    if other:
        config.key_path.write_bytes(other)
    with pytest.raises(ConfigError, match="key_file"):
        start(config)
    config.key_path.write_bytes(right)
    assert start(config) == known


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"username": 5}', b"\xff"])
def test_a_spoilt_credentials_file_is_told_left_and_keeps_nobody_from_serving(
    config: Config, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = config.data / "credentials.json"
    path.write_bytes(content)
    with main.opened(config) as db, caplog.at_level(logging.WARNING):
        main.settle(db, config)
    assert "credentials.json is left as it is" in caplog.text
    assert path.read_bytes() == content


def test_a_key_that_was_taken_out_of_the_file_is_made_anew(config: Config) -> None:
    known = start(config)
    (config.data / "credentials.json").write_text(json.dumps({**known, "access_key": "", "secret_key": ""}))
    renewed = start(config)
    assert renewed["access_key"] not in ("", known["access_key"])
    assert {**renewed, "access_key": "", "secret_key": ""} == {**known, "access_key": "", "secret_key": ""}


def test_a_file_without_a_user_or_none_at_all_is_no_reason_to_fail(config: Config) -> None:
    path = config.data / "credentials.json"
    path.write_text("{}")
    assert set(start(config)) == {"endpoint", "auth_url"}
    path.unlink()
    with main.opened(config) as db:
        main.settle(db, config)
    assert not path.exists()


def test_what_is_no_database_is_named(config: Config) -> None:
    for left in config.data.glob("holdfast.db*"):
        left.unlink()
    (config.data / "holdfast.db").write_bytes(b"nothing of the kind " * 99)
    with pytest.raises(ConfigError, match="database"):
        start(config)
