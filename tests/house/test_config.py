"""What an operator can set, where it comes from, and what is refused."""

from pathlib import Path

import pytest

from holdfast.config import _ENVIRONMENT, Config, ConfigError, load
from holdfast.model.task import Operation

DOCUMENT = Path(__file__).parents[2] / "docs" / "operate" / "configuration.md"


def test_without_a_word_the_embedded_defaults_hold(tmp_path: Path) -> None:
    config = load({"HOLDFAST_DATA": str(tmp_path)})
    assert config.database_url == f"sqlite:///{tmp_path}/holdfast.db"
    assert config.store_url == f"file://{tmp_path}/store"
    assert config.address == ("127.0.0.1", 8776)
    assert config.endpoint_url == "http://127.0.0.1:8776"


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text('region = "file"\nsite = "file"\nlisten = "127.0.0.1:1"\n')
    environment = {
        "HOLDFAST_CONFIG": str(file),
        "HOLDFAST_SITE": "environment",
        "HOLDFAST_LISTEN": "127.0.0.1:2",
    }
    config = load(environment, listen="127.0.0.1:3", data=None)
    assert (config.region, config.sites, config.listen) == ("file", ("environment",), "127.0.0.1:3")


def test_a_worker_serves_the_sites_that_are_named_in_any_way(tmp_path: Path) -> None:
    assert load({}).sites == ("default",)
    assert load({"HOLDFAST_SITE": "berlin, paris"}).sites == ("berlin", "paris")
    assert load({"HOLDFAST_SITE": "berlin"}, sites=("rome", "oslo")).sites == ("rome", "oslo")
    file = tmp_path / "holdfast.toml"
    file.write_text('site = "berlin"\n')
    assert load({}, config=str(file)).sites == ("berlin",)
    file.write_text('sites = ["berlin", "paris"]\n')
    assert load({}, config=str(file)).sites == ("berlin", "paris")
    file.write_text('sites = ["berlin"]\nsite = "paris"\n')
    with pytest.raises(ConfigError, match=r"^site: "):
        load({}, config=str(file))


def test_a_resource_table_keeps_its_providers_own_keys(tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text(
        '[[resource]]\ntype = "directory"\nname = "home"\nprovider = "directory"\npath = "/home"\n'
    )
    (resource,) = load({}, config=str(file)).resources
    assert (resource.type, resource.name, resource.settings) == ("directory", "home", {"path": "/home"})
    assert resource.tags is None
    file.write_text(file.read_text() + 'tags = {stage = "prod"}\n')
    (resource,) = load({}, config=str(file)).resources
    assert (resource.tags, resource.settings) == ({"stage": "prod"}, {"path": "/home"})


REGION = 'name = "eu-2"\nendpoint = "https://there:8776/"\nusername = "sender"\npassword = "secret"\n'


def test_another_region_is_named_with_the_way_there_and_an_account(tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text(f'region = "eu-1"\n[[remote_region]]\n{REGION}')
    config = load({}, config=str(file))
    (region,) = config.remote_regions
    assert (region.name, region.address) == ("eu-2", "https://there:8776")
    assert region.identity_url == "https://there:8776/identity/v3"
    assert region.serves("any project")
    assert "secret" not in f"{config!r} {region}"


@pytest.mark.parametrize(
    ("table", "names"),
    [
        (REGION.replace("eu-2", "local-1"), "local-1 is another region's name"),
        (f"{REGION}[[remote_region]]\n{REGION}", "eu-2 is another region's name"),
        (REGION.replace("eu-2", "e u"), "name"),
        (REGION.replace("https", "ftp"), "endpoint"),
        (REGION.replace("there", "sender:secret@there"), "endpoint: must not name who asks"),
        (REGION.replace("https://there:8776/", "https://[there"), "endpoint"),
        (f'{REGION}auth_url = "there"\n', "auth_url"),
        (REGION.replace('password = "secret"\n', ""), "username"),
        (f'{REGION}application_credential_id = "a"\napplication_credential_secret = "b"\n', "username"),
        (f"{REGION}secret = 1\n", "remote_regions"),
        (f"{REGION}projects = 1\n", "remote_regions"),
    ],
)
def test_a_region_that_cannot_be_asked_is_named(table: str, names: str, tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text(f"[[remote_region]]\n{table}")
    with pytest.raises(ConfigError, match=names) as refused:
        load({}, config=str(file))
    assert '"secret"' not in str(refused.value)


@pytest.mark.parametrize("said", ["http://k:5000", "http://k:5000/", "http://k:5000/v3", "http://k:5000/v3/"])
def test_a_keystone_may_be_named_with_and_without_its_version(said: str) -> None:
    assert load({"HOLDFAST_KEYSTONE_URL": said}).keystone_v3_url == "http://k:5000/v3"


def test_the_table_of_keystones_roles_replaces_the_default_one(tmp_path: Path) -> None:
    assert load({}).keystone_roles == {"admin": "admin", "member": "operator", "reader": "reader"}
    file = tmp_path / "holdfast.toml"
    file.write_text('[keystone_roles]\n"backup operator" = "operator"\n')
    assert load({}, config=str(file)).keystone_roles == {"backup operator": "operator"}


def test_each_type_of_task_has_its_own_time_out(tmp_path: Path) -> None:
    assert load({}).time_limit_seconds(Operation.BACKUP) is None
    file = tmp_path / "holdfast.toml"
    file.write_text("[timeout_minutes]\nbackup = 1440\ndelete = 0.5\n")
    config = load({}, config=str(file))
    assert config.time_limit_seconds(Operation.BACKUP) == 86400
    assert config.time_limit_seconds(Operation.DELETE) == 30
    assert config.time_limit_seconds(Operation.RESTORE) is None


@pytest.mark.parametrize("said", ["bakcup = 5", "backup = 0", "backup = -1", "backup = nan", "backup = 1e9"])
def test_a_time_out_that_cannot_be_is_refused(tmp_path: Path, said: str) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text(f"[timeout_minutes]\n{said}\n")
    with pytest.raises(ConfigError, match="timeout_minutes"):
        load({}, config=str(file))


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"listen": "nonsense"}, "listen"),
        ({"listen": "127.0.0.1:99999"}, "listen"),
        ({"worker_slots": 0}, "worker_slots"),
        ({"worker_slots": "many"}, r"^worker_slots: "),
        ({"lease_seconds": 0.5}, "lease_seconds"),
        ({"stop_seconds": -1}, "stop_seconds"),
        ({"prune_hours": -1}, "prune_hours"),
        ({"history_days": -1}, "history_days"),
        ({"task_cache_mb": -1}, "task_cache_mb"),
        ({"history_days": 40_000}, "history_days"),
        ({"sites": []}, "site"),
        ({"sites": ["a", ""]}, "site"),
        ({"site": "region/eu"}, "site"),
        ({"token_hours": 0}, "token_hours"),
        ({"signature_skew_minutes": 0}, "signature_skew_minutes"),
        ({"keystone_url": "keystone:5000"}, "keystone_url"),
        ({"keystone_cache_seconds": -1}, "keystone_cache_seconds"),
        ({"region_silence_hours": 0}, "region_silence_hours"),
        ({"keystone_roles": {"member": "king"}}, "keystone_roles"),
        ({"data": ""}, "data"),
        ({"key_file": ""}, "key_file"),
        ({"endpoint": "backup.example.org"}, "endpoint"),
        ({"endpoint": "https://"}, "endpoint"),
        ({"restore_roots": ["back"]}, "restore_roots"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(given: dict[str, object], names: str) -> None:
    with pytest.raises(ConfigError, match=names):
        load({}, **given)


def test_an_unknown_setting_in_the_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_text("lisen = 'x'\n")
    with pytest.raises(ConfigError, match="lisen"):
        load({}, config=str(file))


def test_what_is_secret_is_in_no_message_that_shows_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    said = "database = 'postgresql://me:secret@db/holdfast'\nmetrics_token = 'secret'\n"
    file.write_text(f"{said}[[remote_region]]\n{REGION}")
    config = load({}, config=str(file))
    assert "secret" not in repr(config)
    assert "secret" not in repr(config.remote_regions)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"holdfast\.toml"):
        load({}, config=str(file))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.toml"):
        load({}, config=str(tmp_path / "missing.toml"))


def test_every_setting_is_documented() -> None:
    page = DOCUMENT.read_text()
    fields = set(Config.__struct_fields__) - {"resources"}
    missing = [field for field in fields if f"`{field}`" not in page]
    missing += [name for name in _ENVIRONMENT if f"`{name}`" not in page]
    assert not missing
