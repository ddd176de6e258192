"""Terms change member by member; who owns a policy, and which vaults may follow it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from holdfast.model.errors import InvalidParameter, PolicyNotApplicable
from holdfast.model.organization_policy import OrganizationPolicy
from holdfast.model.policy import Destination, Policy, PolicyKind, PolicyOrigin, Terms, TermsChange
from holdfast.model.project import Project
from holdfast.model.resource import ObjectType
from holdfast.model.retention import Retention
from holdfast.model.vault import ProtectType, Vault

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
NIGHTLY = ("FREQ=DAILY;BYHOUR=1;BYMINUTE=0",)


def terms(**given: Any) -> Terms:
    return Terms(**({"name": "nightly", "kind": PolicyKind.BACKUP, "patterns": NIGHTLY} | given))


def policy(**given: Any) -> Policy:
    values: dict[str, Any] = {"id": "p", "project_id": "blue", "terms": terms(), "trigger_id": "t"}
    return Policy(**values | {"created_at": NOON} | given)


def vault(**given: Any) -> Vault:
    values: dict[str, Any] = {"id": "v", "project_id": "blue", "user_id": "u", "name": "safe", "size_gb": 1}
    return Vault(**values | {"object_type": ObjectType.TURBO, "created_at": NOON} | given)


def test_what_is_not_said_stays() -> None:
    known = terms(
        start_window_minutes=60,
        retention=Retention(max_backups=7),
        destination_project_id="p",
        destination_region="r",
    )
    assert known.changed(TermsChange()) == known
    renamed = known.changed(TermsChange(name="weekly", enabled=False))
    assert (renamed.name, renamed.enabled, renamed.retention) == ("weekly", False, Retention(max_backups=7))
    moved = known.changed(TermsChange(destination_region="s"))
    assert moved.destination == Destination("p", "s")
    assert known.changed(TermsChange(start_window_minutes=None)).start_window_minutes is None
    kept = known.changed(TermsChange(retention=Retention(duration_days=3)))
    assert kept.retention == Retention(duration_days=3)


@pytest.mark.parametrize("lacking", ["destination_region", "destination_project_id"])
def test_a_replication_says_where_to(lacking: str) -> None:
    given = {"destination_region": "r", "destination_project_id": "p", lacking: None}
    with pytest.raises(InvalidParameter, match=lacking):
        terms(kind=PolicyKind.REPLICATION, **given).check(NOON.date())


def test_the_first_of_the_month_stays_where_nobody_speaks_of_it() -> None:
    known = terms(retention=Retention(max_backups=7, keep_first_of_month=True))
    for change, kept in (
        (TermsChange(name="other"), Retention(max_backups=7, keep_first_of_month=True)),
        (TermsChange(keep_first_of_month=False), Retention(max_backups=7)),
        (TermsChange(retention=Retention(max_backups=3)), Retention(max_backups=3)),
        (
            TermsChange(retention=Retention(max_backups=3), keep_first_of_month=None),
            Retention(max_backups=3, keep_first_of_month=True),
        ),
        (TermsChange(retention=Retention(), keep_first_of_month=True), Retention(keep_first_of_month=True)),
    ):
        assert known.changed(change).retention == kept


def test_what_was_kept_under_laxer_rules_stays_and_can_be_switched_off() -> None:
    lax = terms(patterns=("FREQ=DAILY",), retention=Retention(max_backups=-7))
    off = lax.changed(TermsChange(enabled=False))
    off.check(NOON.date(), before=lax)
    for change in (TermsChange(patterns=("FREQ=WEEKLY",)), TermsChange(retention=Retention(max_backups=-8))):
        with pytest.raises(InvalidParameter):
            lax.changed(change).check(NOON.date(), before=lax)


def test_a_policy_is_the_projects_own_or_the_organizations_or_was() -> None:
    assert policy().origin is PolicyOrigin.OWN
    assert policy(organization_policy_id="o").origin is PolicyOrigin.ORGANIZATION
    assert policy(organization_policy_id="o", given_up=True).origin is PolicyOrigin.GIVEN_UP


def test_vaults_of_replicas_and_vaults_backed_up_from_elsewhere_follow_nothing() -> None:
    replication = policy(terms=terms(kind=PolicyKind.REPLICATION))
    policy().check_applicable(vault())
    replication.check_applicable(vault(object_type=ObjectType.VMWARE))
    for refused, given in (
        (policy(), {"protect_type": ProtectType.REPLICATION}),
        (replication, {"protect_type": ProtectType.REPLICATION}),
        (policy(), {"object_type": ObjectType.VMWARE}),
        (policy(organization_policy_id="o", given_up=True), {}),
    ):
        with pytest.raises(PolicyNotApplicable):
            refused.check_applicable(vault(**given))


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ("", True),
        ("all", True),
        ("*", True),
        ("Default", True),
        ("default", True),
        ("b1", True),
        ("green, blue", True),
        ("green", False),
        (" , ", True),
    ],
)
def test_a_scope_names_projects_or_all_of_the_domain(scope: str, covered: bool) -> None:
    blue = Project(id="b1", name="blue", created_at=NOON)
    laid_down = OrganizationPolicy(
        id="o",
        project_id="g1",
        domain_id="default",
        name="everybody",
        effective_scope=scope,
        terms=terms(),
        created_at=NOON,
    )
    assert laid_down.covers(blue, "Default") is covered
    elsewhere = Project(id="b1", name="blue", domain_id="other", created_at=NOON)
    assert not laid_down.covers(elsewhere, "Default")
