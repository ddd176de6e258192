"""Which code and sentence a fault gets."""

import errno

import pytest

from holdfast.engine import endings
from holdfast.model import errors
from holdfast.repo.errors import WrongPassword
from holdfast.store.objects import StoreFull


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        (errors.ResourceNotFound("/srv/gone"), "BackupService.6302", "/srv/gone"),
        (errors.TargetTooSmall("vda"), "BackupService.2001", "vda"),
        (errors.VaultFull("10.00 of 10 GB used."), "BackupService.6114", "10.00 of 10 GB"),
        (errors.InvalidParameter("path", "is relative"), "BackupService.9900", "path: is relative"),
        (StoreFull("data/ab"), "BackupService.9910", "The store is full."),
        (WrongPassword("no key"), "BackupService.9910", "repository"),
        (OSError(errno.ENOSPC, "No space left on device", "/mnt/x"), "BackupService.9910", "disk is full"),
        (
            PermissionError(errno.EACCES, "Permission denied", b"/srv/\xff"),
            "BackupService.9910",
            r"/srv/\xff",
        ),
        (errors.ResourceNotFound("/srv/\udcff"), "BackupService.6302", r"/srv/\udcff"),
        (errors.ResourceNotFound("post\0:/srv"), "BackupService.6302", r"post\0:/srv"),
        (ZeroDivisionError("division by zero"), "BackupService.9910", "ZeroDivisionError"),
    ],
)
def test_a_fault_has_a_code_and_a_sentence(fault: Exception, code: str, says: str) -> None:
    error = endings.error_of(fault)
    assert error.code == code
    assert says in error.message


def test_a_programming_error_is_not_expected_and_a_full_disk_is() -> None:
    assert not endings.is_expected(ZeroDivisionError())
    assert endings.is_expected(OSError(errno.ENOSPC, "No space left on device"))
