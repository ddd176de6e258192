"""Whether a vault has room: asked before a backup, and now and then while it is written."""

import time

from holdfast.model.errors import VaultFull
from holdfast.model.resource import GIB
from holdfast.model.task import Figures
from holdfast.model.vault import Vault
from holdfast.repo.repository import Repository, stored_bytes

LOOK_SECONDS = 10.0  # listing a repository costs a request for every thousand objects


class Capacity:
    """The room in a vault, as it was when the task began."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._next_look = 0.0

    def check(self, used_bytes: int) -> None:
        """Raises VaultFull when so many bytes are all that the vault holds, or more."""
        if used_bytes >= self._vault.size_gb * GIB:
            raise VaultFull(f"{used_bytes / GIB:.2f} of {self._vault.size_gb} GB used.")

    def check_while_writing(self, repository: Repository, figures: Figures) -> None:
        """Raises VaultFull when the repository outgrew the vault.

        It cannot have while all that was read would fit uncompressed; beyond that, it is measured.
        """
        if self._vault.used_bytes + figures.bytes_done < self._vault.size_gb * GIB:
            return
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_SECONDS
        self.check(stored_bytes(repository))
