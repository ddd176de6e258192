"""Whether a vault has room: asked before something is written into it, and now and then meanwhile.

A vault that may grow does so here, when it is full and no sooner.
"""

import logging
import time
from functools import partial

from sqlalchemy import Connection

from holdfast.db import projects, vaults
from holdfast.model.errors import Refusal, VaultFull
from holdfast.model.resource import GIB
from holdfast.model.task import Figures
from holdfast.model.vault import Vault
from holdfast.repo.errors import RepositoryError
from holdfast.repo.repository import Repository, stored_bytes
from holdfast.store.objects import StoreError

from .tools import Ask, Tools

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0  # listing a repository costs a request for every thousand objects


class Capacity:
    """The room in a vault, as it was when the task began or when it was last full."""

    def __init__(self, vault: Vault, ask: Ask) -> None:
        """`ask` does something in a transaction of its own, as `Tools.ask`."""
        self._vault = vault
        self._ask = ask
        self._next_look = 0.0

    def check(self, used_bytes: int) -> None:
        """Raises VaultFull when so many bytes are all that the vault holds, or more, and it does not grow."""
        if used_bytes < self._vault.size_gb * GIB:
            return
        self._vault = self._ask(partial(_with_room, self._vault, used_bytes))
        if not self._vault.has_room(used_bytes):
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


def recount(tools: Tools, vault_id: str) -> None:
    """Write down what a vault takes now; where that cannot be told, what was known stays."""
    try:
        used = stored_bytes(tools.repositories.open(vault_id))
        tools.ask(partial(vaults.set_used, vault_id=vault_id, used_bytes=used))
    except (Refusal, RepositoryError, StoreError) as fault:
        log.info("what vault %s takes is not known: %s", vault_id, fault)


def _with_room(known: Vault, used_bytes: int, tx: Connection) -> Vault:
    """The vault as it is by now; if it grows, with the size that so many bytes need."""
    projects.lock(tx, known.project_id)  # nobody else gives it another size meanwhile
    vault = vaults.get(tx, known.project_id, known.id)
    size_gb = vault.size_for(used_bytes)
    if size_gb == vault.size_gb:
        return vault
    vaults.grow(tx, vault.id, size_gb)
    log.info("vault %s was full and grows from %d to %d GB", vault.id, vault.size_gb, size_gb)
    return vaults.get(tx, vault.project_id, vault.id)
