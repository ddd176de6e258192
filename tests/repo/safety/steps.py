"""A file store whose every durable change is a named step, at which a process can be made to die."""

import fcntl
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from holdfast.repo import pack, packer
from holdfast.store.draft import Draft
from holdfast.store.objects import Content, Objects, open_store

PACK_BYTES = 1 << 18
INDEX_PACKS = 4
_SIDES = ("before", "after")


@dataclass(frozen=True)
class Plan:
    """What to do at which step.

    `journal` takes the names of all steps, of all processes that work on the store. Whoever reaches the one
    called `fatal` dies; instead of a helper, its `owner` does where that is asked for.
    """

    journal: Path
    fatal: str = ""
    owner: int = field(default_factory=os.getpid)
    owner_dies: bool = True

    def reach(self, kind: str) -> None:
        """A step of that kind comes now; steps of a kind are numbered from 1, those of helpers apart."""
        if os.getpid() != self.owner:
            kind = f"{kind} by helper"
        with self.journal.open("a+") as journal:
            fcntl.flock(journal, fcntl.LOCK_EX)
            journal.seek(0)
            name = f"{kind} {sum(line.startswith(kind + ' ') for line in journal) + 1}"
            journal.write(f"{name}\n")
        if name == self.fatal:
            os.kill(self.owner if self.owner_dies else os.getpid(), signal.SIGKILL)

    def steps(self) -> list[str]:
        """The names of the steps so far."""
        return self.journal.read_text().splitlines()


class SteppingStore(Objects):
    """The real file store under a URL, that reaches a step before and after each put and delete.

    It travels to helper processes as it is. Packs and index files are small wherever it is used, so that a
    small backup has many steps.
    """

    def __init__(self, url: str, plan: Plan) -> None:
        vars(self).update(vars(open_store(url)))
        self._arguments = (url, plan)
        self._plan = plan
        pack.TARGET_BYTES = PACK_BYTES
        packer._INDEX_PACKS = INDEX_PACKS

    def __reduce__(self) -> tuple[Callable[..., Objects], tuple[Any, ...]]:
        return SteppingStore, self._arguments

    def put(self, name: str, data: Content) -> None:
        self._plan.reach(f"before put {_folder(name)}")
        super().put(name, data)
        self._plan.reach(f"after put {_folder(name)}")

    def draft(self) -> Draft:
        return _SteppingDraft(super().draft(), self._plan)

    def delete(self, name: str) -> None:
        self._plan.reach(f"before delete {_folder(name)}")
        super().delete(name)
        self._plan.reach(f"after delete {_folder(name)}")


class _SteppingDraft:
    """A real draft, whose becoming an object is a step."""

    def __init__(self, draft: Draft, plan: Plan) -> None:
        self._draft = draft
        self._plan = plan
        self.write, self.read, self.close = draft.write, draft.read, draft.close

    def put(self, name: str) -> None:
        self._plan.reach(f"before put {_folder(name)}")
        self._draft.put(name)
        self._plan.reach(f"after put {_folder(name)}")


def names(tried: Mapping[str, Sequence[str]]) -> list[str]:
    """The steps to be tried: of each kind ("put data") both sides of some ("first", "late", …)."""
    return [f"{side} {kind} {which}" for kind, chosen in tried.items() for which in chosen for side in _SIDES]


def chosen(steps: Sequence[str], name: str) -> str:
    """The step that a name like "before put data middle" means.

    How many packs there are depends on dice, so the last one may not be reached another time; a late one is.
    """
    kind, _, which = name.rpartition(" ")
    found = [step for step in steps if step.rpartition(" ")[0] == kind]
    late = max(0, len(found) - 1 - max(1, len(found) // 5))
    return found[{"first": 0, "middle": len(found) // 2, "late": late, "last": -1}[which]]


def kinds(steps: Sequence[str]) -> set[str]:
    """The kinds that are among the steps, whatever the side."""
    return {step.partition(" ")[2].rpartition(" ")[0] for step in steps}


def _folder(name: str) -> str:
    return name.partition("/")[0]
