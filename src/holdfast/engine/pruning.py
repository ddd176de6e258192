"""Pruning by itself: vaults from which backups were deleted are freed of what nobody needs any more.

One vault at a time for each worker, and each vault by one worker, once in a while. What is marked now is
removed by the next time. A prune can be broken off at any moment: the next one goes on.
"""

import logging
import time
from datetime import timedelta
from functools import partial

from holdfast.db import backups, litters, vaults
from holdfast.model import clock
from holdfast.model.errors import Refusal
from holdfast.model.litter import Litter
from holdfast.model.vault import VaultState
from holdfast.model.window import is_shut
from holdfast.repo import prune, snapshot
from holdfast.repo.errors import NotARepository, RepositoryError
from holdfast.repo.lock import locked
from holdfast.repo.repository import Repository, stored_bytes
from holdfast.store.objects import StoreError

from .halt import Halt, Interrupted
from .reconciliation import superfluous
from .tools import Tools

log = logging.getLogger(__name__)

PAUSE_SECONDS = 300.0
LOOK_SECONDS = 5.0
VAULTS_AT_ONCE = 50


class Pruner:
    """Prunes for one worker; `grace` is how long what nobody needs stays after it was marked."""

    def __init__(self, tools: Tools, halt: Halt, grace: timedelta = prune.GRACE) -> None:
        self._tools = tools
        self._halt = halt
        self._grace = grace

    def look(self) -> float:
        """Prune what is due, one after the other; seconds until the next time."""
        every = timedelta(hours=self._tools.config.prune_hours)
        if not every:
            return PAUSE_SECONDS
        try:
            with self._tools.db.reading() as tx:
                some = litters.find(tx, clock.now() - every, VAULTS_AT_ONCE)
            for one in some:
                self._halt.check_open()
                if one.is_due(clock.now(), every):
                    self._prune(one)
        except Interrupted:
            log.info("pruning was put off: the worker stops, or the vault is not to be worked in now")
        return PAUSE_SECONDS

    def _prune(self, one: Litter) -> None:
        with self._tools.db.transaction() as tx:
            if not litters.claim(tx, one, clock.now()):
                return
        try:
            done = self._done(one)
        except NotARepository:  # every backup there failed
            self._tools.ask(partial(litters.clear, seen=one))
        except (Refusal, RepositoryError, StoreError) as fault:
            log.warning("vault %s could not be pruned: %s", one.vault_id, fault)
        else:
            left = "" if not done.put_off else f"; nothing was marked: {done.put_off}"
            counts = (done.removed_packs, done.waiting_packs, left)
            log.info("vault %s was pruned: %d packs removed, %d wait for it%s", one.vault_id, *counts)
            if not done.waiting_packs and not done.put_off:
                self._tools.ask(partial(litters.clear, seen=one))

    def _done(self, one: Litter) -> prune.Pruned:
        """What a prune did, when it is written down what the vault takes now."""
        repository = self._tools.repositories.open(one.vault_id)
        self._tidy(repository, one)
        done = prune.prune(repository, grace=self._grace, progress=_Brake(one, self._tools, self._halt))
        used = partial(vaults.set_used, vault_id=one.vault_id, used_bytes=stored_bytes(repository))
        self._tools.ask(used)
        return done

    def _tidy(self, repository: Repository, one: Litter) -> None:
        """Forget what executions left that were declared dead and wrote their snapshot all the same.

        Under a lock, which who changes the tags on a snapshot, and so gives it another name, has to wait for.
        """
        with locked(repository):
            listed = snapshot.find(repository)
            known = self._tools.ask(partial(backups.of_vault, vault_id=one.vault_id))
            left = superfluous(listed, known)
            for each in left:
                snapshot.forget(repository, each.id)
        if left:
            log.warning(
                "vault %s: %d snapshots that dead workers left are forgotten", one.vault_id, len(left)
            )


class _Brake:
    """Ends a prune where the worker stops, or the vault shuts or goes. It is told how far the prune is."""

    def __init__(self, one: Litter, tools: Tools, halt: Halt) -> None:
        self._one = one
        self._tools = tools
        self._halt = halt
        self._due = 0.0

    def begin(self, step: str, total: int | None) -> None:  # noqa: ARG002 - the protocol's signature
        """Look."""
        self.advance(0)

    def advance(self, amount: int) -> None:  # noqa: ARG002 - the protocol's signature
        """Look, at the rows now and then. Raises Interrupted, or VaultNotFound."""
        self._halt.check_open()
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + LOOK_SECONDS
        find = partial(vaults.get, project_id=self._one.project_id, vault_id=self._one.vault_id)
        vault = self._tools.ask(find)
        if vault.status is VaultState.DELETING or is_shut(vault.windows, clock.now()):
            raise Interrupted
