"""What generated tasks are about: projects of very different size, their vaults, resources and policies.

Everything follows from the number of tasks: ten million of them lie in 5,000 projects with about 10,600
vaults and 59,000 resources, and the largest project holds 70 of 100 at every size.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from holdfast.model.resource import (
    DISK_PROVIDER,
    SERVER_PROVIDER,
    TURBO_PROVIDER,
    WORKSPACE_PROVIDER,
    ResourceType,
)

from . import idents
from .columns import Integers

LARGEST_SHARE = 0.7
_TASKS_OF_PROJECT = 2_000
_MOST_PROJECTS, _FEWEST_PROJECTS = 5_000, 10
_OTHER_VAULTS, _OTHER_RESOURCES = 2, 8
_LARGEST_VAULTS, _LARGEST_RESOURCES = 600, 19_000

TYPES = (
    (ResourceType.SERVER, SERVER_PROVIDER),
    (ResourceType.DISK, DISK_PROVIDER),
    (ResourceType.FILE_SHARE, TURBO_PROVIDER),
    (ResourceType.WORKSPACE, WORKSPACE_PROVIDER),
)
ENTERPRISES = ("0", *(f"e9b{number:05x}-77aa-4d5e-8f3b-0a1b2c3d4e5f" for number in range(1, 9)))
ERRORS = (
    ("", ""),
    ("BackupService.6302", "The resource cannot be found any more"),
    ("BackupService.6301", "The agent did not answer in time"),
    ("BackupService.6402", "The backup cannot be read"),
    ("BackupService.9900", "A parameter is refused"),
    ("Holdfast.0001", "Somebody asked for it."),
    ("Holdfast.0003", "It ran for longer than it may"),
    ("Holdfast.0010", "The file could not be read"),
    ("Holdfast.0011", "The disk is full"),
    ("Holdfast.0012", "The connection was lost"),
)
WORDINGS = 400  # how many sentences there are for one code: most name a file
RENAMED_EVERY = 20
_NAMES = ("letters", "web", "mail", "postgres", "build", "archive", "files", "ledger", "wiki", "photos")
_PLACES = ("hamburg", "zürich", "oslo", "porto", "kyoto", "lima", "accra", "perth")


@dataclass(frozen=True)
class World:
    """So many projects, vaults and resources; all arrays are by the number of the thing."""

    rows: int

    @cached_property
    def projects(self) -> int:
        """How many there are; number 0 is the largest."""
        return int(min(_MOST_PROJECTS, max(_FEWEST_PROJECTS, self.rows // _TASKS_OF_PROJECT)))

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """Which share of all tasks each project has."""
        weights = 1 / (np.arange(self.projects - 1) + 8.0) ** 1.1
        return np.concatenate([[LARGEST_SHARE], weights / weights.sum() * (1 - LARGEST_SHARE)])

    @cached_property
    def vault_counts(self) -> Integers:
        """How many vaults each project has."""
        return self._spread(_LARGEST_VAULTS, _OTHER_VAULTS)

    @cached_property
    def first_vaults(self) -> Integers:
        """The number of each project's first vault."""
        return _firsts(self.vault_counts)

    @cached_property
    def vaults(self) -> int:
        """How many there are."""
        return int(self.vault_counts.sum())

    @cached_property
    def project_of_vault(self) -> Integers:
        """Whose each vault is."""
        return np.repeat(np.arange(self.projects), self.vault_counts)

    @cached_property
    def resource_counts(self) -> Integers:
        """How many resources each vault has."""
        of_project = self._spread(_LARGEST_RESOURCES, _OTHER_RESOURCES)
        of_vault: Integers = np.maximum(1, of_project // self.vault_counts)
        return of_vault[self.project_of_vault]

    @cached_property
    def first_resources(self) -> Integers:
        """The number of each vault's first resource."""
        return _firsts(self.resource_counts)

    @cached_property
    def resources(self) -> int:
        """How many there are, without the vaults that stand for themselves in some tasks: those follow."""
        return int(self.resource_counts.sum())

    @cached_property
    def vault_of_resource(self) -> Integers:
        """Where each resource is, the vaults themselves included."""
        return np.concatenate(
            [np.repeat(np.arange(self.vaults), self.resource_counts), np.arange(self.vaults)]
        )

    @cached_property
    def type_of_vault(self) -> Integers:
        """What each vault holds."""
        return (np.arange(self.vaults) * 7 // 3) % len(TYPES)

    @cached_property
    def enterprise_of_vault(self) -> Integers:
        """To which enterprise project each vault belongs: half of them to that of everybody."""
        numbers = np.arange(self.vaults)
        return np.where(numbers % 2 == 0, 0, 1 + numbers // 2 % (len(ENTERPRISES) - 1))

    @cached_property
    def policy_of_vault(self) -> Integers:
        """Which policy each vault follows: that of two neighbours of one project, mostly."""
        return (
            self.first_vaults[self.project_of_vault]
            + (np.arange(self.vaults) - self.first_vaults[self.project_of_vault]) // 2
        )

    @cached_property
    def project_ids(self) -> list[str]:
        """The ids."""
        return idents.undashed(idents.PROJECT, np.arange(self.projects))

    @cached_property
    def vault_ids(self) -> list[str]:
        """The ids."""
        return idents.many(idents.VAULT, np.arange(self.vaults))

    @cached_property
    def resource_ids(self) -> list[str]:
        """The ids; a vault that stands for itself has its own."""
        return idents.many(idents.RESOURCE, np.arange(self.resources)) + self.vault_ids

    @cached_property
    def policy_ids(self) -> list[str]:
        """The ids, by the number of the vault that followed it first."""
        return idents.many(idents.POLICY, np.arange(self.vaults))

    @cached_property
    def vault_names(self) -> list[str]:
        """The names, then once more for each vault: what those have been called since they were renamed."""
        named = [f"vault-{_PLACES[n % len(_PLACES)]}-{n:05}" for n in range(self.vaults)]
        return named + [f"{name}-moved" for name in named]

    @cached_property
    def resource_names(self) -> list[str]:
        """The names, the vaults' own included."""
        made = [
            f"{_NAMES[n % len(_NAMES)]}-{_PLACES[n // 3 % len(_PLACES)]}-{n:06}"
            for n in range(self.resources)
        ]
        return made + self.vault_names[: self.vaults]

    @cached_property
    def messages(self) -> list[str]:
        """The sentences: of error `e` in wording `w` it is number `e * WORDINGS + w`."""
        return [_sentence(text, wording) for _, text in ERRORS for wording in range(WORDINGS)]

    def _spread(self, largest: int, other: int) -> Integers:
        share = self.projects / _MOST_PROJECTS
        counts = np.full(self.projects, other)
        counts[0] = max(other * 2, round(largest * share))
        counts[1 : 1 + self.projects // 200] = other * 10
        return counts


def is_renamed(vault: int) -> bool:
    """Whether the vault got another name when half of the time was over."""
    return vault % RENAMED_EVERY == 0


def _sentence(text: str, wording: int) -> str:
    if not text or wording == 0:
        return text
    return f"{text}: /srv/{_NAMES[wording % len(_NAMES)]}/part-{wording:04}."


def _firsts(counts: Integers) -> Integers:
    return np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
