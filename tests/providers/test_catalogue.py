"""Providers are found by name, and a foreign one fits like a built-in one."""

import pytest

from holdfast.model.resource import ResourceType
from holdfast.providers.catalogue import (
    UnknownProviderError,
    UnknownTypeError,
    names,
    open_provider,
    resource_type,
)
from holdfast.providers.provider import Provider, Target

FOREIGN = "tests.providers.foreign"


@pytest.mark.parametrize("name", ["directory", "disk_image", "image_server"])
def test_a_built_in_provider_opens_by_its_name(name: str) -> None:
    assert name in names()
    assert isinstance(open_provider(name), Provider)


def test_a_provider_of_a_foreign_package_works_through_the_protocol_alone() -> None:
    tape, other = open_provider(f"{FOREIGN}:Tape"), open_provider(f"{FOREIGN}:Tape")
    with tape.read({}, None) as reading:
        assert reading.bookmark == "wound"
        written = other.write(Target({}, reading.root), reading.entries)
    assert (written.bytes, written.files) == (16, 1)
    assert tape.measure({}) == other.measure({})


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("tape", "directory, disk_image, image_server"),
        ("", "none of"),
        ("no.such.package:Tape", "No module named"),
        (f"{FOREIGN}:Wheel", "no attribute"),
        (f"{FOREIGN}:Tapeworm", "does not fit"),
        (f"{FOREIGN}:Iterable", "instantiate abstract class"),
        (":Tape", "Empty module name"),
    ],
)
def test_what_is_no_provider_is_refused_with_the_reason(name: str, reason: str) -> None:
    with pytest.raises(UnknownProviderError, match=reason):
        open_provider(name)


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("directory", ResourceType.FILE_SHARE),
        ("disk", ResourceType.DISK),
        ("server", ResourceType.SERVER),
        ("OS::Sfs::Turbo", ResourceType.FILE_SHARE),
        ("OS::Ironic::BareMetalServer", ResourceType.BARE_METAL),
    ],
)
def test_people_and_the_wire_name_the_same_kinds(word: str, meaning: ResourceType) -> None:
    assert resource_type(word) is meaning


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownTypeError, match="'floppy' is no type of resource; there are directory, disk"):
        resource_type("floppy")
