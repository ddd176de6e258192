"""What the backups of each resource take, on the wire."""

from typing import Any

from tests.api.asking import House

from holdfast.model.resource import ObjectType

MIB = 1 << 20


def test_what_each_resource_takes_is_told_in_megabytes(house: House) -> None:
    letters, disk = house.world.directory(), house.world.disk()
    files = house.world.vault(letters, name="files")
    disks = house.world.vault(disk, name="disks", object_type=ObjectType.DISK, is_multi_az=True)
    house.world.back_up(files, stored_bytes=3 * MIB)
    house.world.back_up(files, stored_bytes=1)
    house.world.back_up(disks, stored_bytes=5 * MIB)
    (failed,) = house.world.start(files)
    house.world.fail(failed)
    told = {
        letters.id: {
            "resource_id": letters.id,
            "resource_name": "letters",
            "resource_type": "OS::Sfs::Turbo",
            "backup_count": 2,
            "backup_size": 4,
            "backup_size_multiaz": 0,
        },
        disk.id: {
            "resource_id": disk.id,
            "resource_name": "disk",
            "resource_type": "OS::Cinder::Volume",
            "backup_count": 1,
            "backup_size": 5,
            "backup_size_multiaz": 5,
        },
    }
    page = house.ask("GET", "/storage_usage")
    assert page == {
        "resource_count": 2,
        "storage_usage": [told[one] for one in sorted(told)],
        "count": 2,
        "limit": 1000,
        "offset": 0,
    }

    def found(**parameters: Any) -> list[str]:
        reply = house.ask("GET", "/storage_usage", **parameters)
        return [one["resource_id"] for one in reply["storage_usage"]]

    assert found(resource_id=disk.id) == found(resource_type="OS::Cinder::Volume") == [disk.id]
    assert found(resource_id="x") == found(resource_type="OS::Nova::Server") == found(offset=2) == []
    assert found(limit=1) == sorted(told)[:1]
    assert found(limit=1, offset=1) == found(marker=min(told)) == sorted(told)[1:]


def test_a_server_is_counted_once_with_its_disks(house: House) -> None:
    web = house.world.server(disks=2)
    house.world.back_up_server(house.world.vault(web, object_type=ObjectType.SERVER), web)
    (row,) = house.ask("GET", "/storage_usage")["storage_usage"]
    assert (row["resource_id"], row["resource_type"], row["backup_count"]) == (web.id, "OS::Nova::Server", 1)


def test_what_was_deleted_or_is_anothers_is_not_told(house: House) -> None:
    house.world.directory()
    nothing = {"resource_count": 0, "storage_usage": [], "count": 0, "limit": 1000, "offset": 0}
    assert house.ask("GET", "/storage_usage") == nothing
    house.world.back_up(house.world.vault(house.world.directory("notes")))
    assert house.ask("GET", "/storage_usage", who="stranger", project=house.world.red) == nothing


def test_a_malformed_filter_is_400_and_named(house: House) -> None:
    for name, value in (("limit", "0"), ("offset", "x"), ("resource_type", "tape"), ("resource_id", "")):
        status, code, message = house.refused("GET", "/storage_usage", **{name: value})
        assert (status, code) == (400, "9900")
        assert message.startswith(f"Parameter verification failed. {name}: ")
