"""The openstack command line looking after users, projects, roles and credentials of a real server."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import openstack
import pytest
from keystoneauth1 import session
from keystoneauth1.exceptions import NotFound as NotFoundByKeystone
from keystoneauth1.exceptions import Unauthorized
from keystoneauth1.identity import v3
from openstack.exceptions import HttpException
from tests.wire.test_openstack_cli import CommandLine
from tests.wire.town import Town

# What openstacksdk complains about to itself.
pytestmark = [
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]


@pytest.fixture(scope="module")
def administrator(town: Town) -> CommandLine:
    return CommandLine(town.openstack_environment)


def as_user(town: Town, name: str, password: str, project: str) -> CommandLine:
    return CommandLine(
        town.openstack_environment
        | {"OS_USERNAME": name, "OS_PASSWORD": password, "OS_PROJECT_NAME": project}
    )


def test_a_person_is_made_a_member_works_and_leaves(town: Town, administrator: CommandLine) -> None:
    project, user, role = administrator.tell(
        "project create --description letters -f json office",
        "user create --domain Default --project office --password secret -f json dora",
        "role show operator -f json",
        "role add --project office --user dora operator",
    )
    assert (project["description"], project["domain_id"]) == ("letters", "default")
    assert (user["name"], user["enabled"]) == ("dora", True)
    dora = as_user(town, "dora", "secret", "office")
    mine, token, vaults = dora.tell(
        "project list --my-projects -f json", "token issue -f json", "cbr vault list -f json"
    )
    assert [one["ID"] for one in mine] == [project["id"]]
    assert (token["project_id"], token["user_id"]) == (project["id"], user["id"])
    assert vaults == []
    by_id, by_name = administrator.tell(
        "role assignment list --user dora -f json", "role assignment list --project office --names -f json"
    )
    assert [(one["Role"], one["User"], one["Project"]) for one in by_id] == [
        (role["id"], user["id"], project["id"])
    ]
    assert [(one["Role"], one["User"], one["Project"]) for one in by_name] == [
        ("operator", "dora@Default", "office@Default")
    ]
    told, complaints = dora.run("user list -f json")
    assert told == []
    assert "403" in complaints
    users, projects, emptied = administrator.tell(
        "user set --name dorothea --disable dora",
        "user list --long -f json",
        "project set --name archive --disable office",
        "project list --long -f json",
        "role remove --project archive --user dorothea operator",
        "role assignment list --user dorothea -f json",
    )
    assert {one["Name"]: one["Enabled"] for one in users}["dorothea"] is False
    assert {one["Name"]: one["Enabled"] for one in projects}["archive"] is False
    assert emptied == []
    left, known = administrator.tell(
        "user delete dorothea", "project delete archive", "user list -f json", "project list -f json"
    )
    assert "dorothea" not in [one["Name"] for one in left]
    assert "archive" not in [one["Name"] for one in known]


def test_a_person_changes_their_password(town: Town, administrator: CommandLine) -> None:
    administrator.tell(
        "user create --password secret -f json otto", "role add --project local-1 --user otto reader"
    )
    otto = as_user(town, "otto", "secret", "local-1")
    _, complaints = otto.run("user password set --original-password wrong --password new")
    assert "the original password is wrong" in complaints
    otto.tell("user password set --original-password secret --password new")
    (token,) = as_user(town, "otto", "new", "local-1").tell("token issue -f json")
    assert token["project_id"] == town.project_id


def test_a_program_works_with_an_application_credential(town: Town, administrator: CommandLine) -> None:
    (made,) = administrator.tell(
        "application credential create --role reader --description nightly -f json robot"
    )
    environment = {
        name: value
        for name, value in town.openstack_environment.items()
        if not name.startswith(("OS_USER", "OS_PASSWORD", "OS_PROJECT"))
    }
    robot = CommandLine(
        environment
        | {
            "OS_AUTH_TYPE": "v3applicationcredential",
            "OS_APPLICATION_CREDENTIAL_ID": made["ID"],
            "OS_APPLICATION_CREDENTIAL_SECRET": made["Secret"],
        }
    )
    token, vaults = robot.tell("token issue -f json", "cbr vault list -f json")
    assert token["project_id"] == town.project_id
    assert isinstance(vaults, list)
    _, complaints = robot.run("cbr vault delete nothing", "application credential create -f json offspring")
    assert "offspring" not in complaints
    assert "unrestricted" in complaints
    listed, shown, left = administrator.tell(
        "application credential list -f json",
        "application credential show robot -f json",
        "application credential delete robot",
        "application credential list -f json",
    )
    assert [(one["ID"], one["Name"]) for one in listed] == [(made["ID"], "robot")]
    assert shown["Description"] == "nightly"
    assert left == []
    told, complaints = robot.run("token issue -f json")
    assert told == []
    assert "401" in complaints


def test_domains_regions_and_services_are_told(administrator: CommandLine) -> None:
    domains, domain, regions, region, service = administrator.tell(
        "domain list -f json",
        "domain show Default -f json",
        "region list -f json",
        "region show local-1 -f json",
        "catalog show cbr -f json",
    )
    assert [one["Name"] for one in domains] == ["Default"]
    assert (domain["id"], domain["enabled"]) == ("default", True)
    assert [one["Region"] for one in regions] == [region["region"]] == ["local-1"]
    assert service["type"] == "cbr"


# ── the libraries below ─────────────────────────────────────────────────────────────────────────────────


def connected(town: Town, user: str, password: str) -> Any:
    """A client of openstacksdk in the first project."""
    return openstack.connect(
        auth_url=town.server.credentials["auth_url"],
        username=user,
        password=password,
        user_domain_name="Default",
        project_id=town.project_id,
        load_envvars=False,
        load_yaml_config=False,
    )


@pytest.fixture
def connection(town: Town) -> Iterator[Any]:
    known = town.server.credentials
    connection = connected(town, known["username"], known["password"])
    yield connection
    connection.close()


def test_openstacksdk_looks_after_accounts(connection: Any) -> None:
    identity = connection.identity
    user = identity.create_user(name="sdk-user", password="secret")
    project = identity.create_project(name="sdk-project", description="of the SDK")
    role = identity.find_role("operator")
    assert role is not None
    identity.assign_project_role_to_user(project, user, role)
    assert identity.validate_user_has_project_role(project, user, role)
    assert [one.role["id"] for one in identity.role_assignments(user_id=user.id)] == [role.id]
    assert [one.id for one in identity.user_projects(user)] == [project.id]
    assert identity.update_user(user, is_enabled=False).is_enabled is False
    assert identity.find_user("sdk-user").id == user.id
    identity.unassign_project_role_from_user(project, user, role)
    assert not identity.validate_user_has_project_role(project, user, role)
    identity.delete_user(user)
    identity.delete_project(project)
    assert identity.find_user("sdk-user") is None
    assert identity.find_project("sdk-project") is None


def test_openstacksdk_makes_an_application_credential(connection: Any) -> None:
    identity, user_id = connection.identity, connection.current_user_id
    made = identity.create_application_credential(user=user_id, name="sdk-robot", unrestricted=True)
    assert made.secret
    assert [one.name for one in identity.application_credentials(user_id)] == ["sdk-robot"]
    identity.delete_application_credential(user_id, made.id)
    assert list(identity.application_credentials(user_id)) == []


def test_keystoneauth_signs_in_by_every_method(town: Town, connection: Any) -> None:
    known, user_id = town.server.credentials, connection.current_user_id
    made = connection.identity.create_application_credential(user=user_id, name="every-method")
    url = known["auth_url"]
    by_name: dict[str, Any] = {"application_credential_name": "every-method", "username": known["username"]}
    plugins = (
        v3.ApplicationCredential(url, made.secret, application_credential_id=made.id),
        v3.ApplicationCredential(url, made.secret, user_domain_name="Default", **by_name),
        v3.Password(
            url,
            known["password"],
            username=known["username"],
            user_domain_id="default",
            project_id=town.project_id,
        ),
    )
    for plugin in plugins:
        with closing(session.Session(auth=plugin).session) as http:
            client = session.Session(auth=plugin, session=http)
            assert client.get_project_id() == town.project_id
            token = client.get_token()
            assert token is not None
            again = session.Session(auth=v3.Token(url, token, project_id=town.project_id), session=http)
            assert again.get_project_id() == town.project_id
    connection.identity.delete_application_credential(user_id, made.id)


def test_keystoneauth_hears_why_it_is_refused(town: Town) -> None:
    known = town.server.credentials
    wrong = v3.Password(known["auth_url"], "wrong", username="admin", user_domain_name="Default")
    client = session.Session(auth=wrong)
    with pytest.raises(Unauthorized, match="the user name or the password is wrong"):
        client.get_token()
    right = v3.Password(
        known["auth_url"], known["password"], username=known["username"], user_domain_name="Default"
    )
    unscoped = session.Session(auth=right)
    with pytest.raises(NotFoundByKeystone):
        unscoped.get(f"{known['auth_url']}/regions/nowhere")
    for one in (client, unscoped):
        one.session.close()


def test_a_reader_is_forbidden_what_administrators_do(town: Town, connection: Any) -> None:
    user = connection.identity.create_user(name="reading", password="secret")
    role = connection.identity.find_role("reader")
    assert role is not None
    connection.identity.assign_project_role_to_user(town.project_id, user, role)
    reader = connected(town, "reading", "secret")
    # otcextensions, once it is loaded in the process, raises the plain exception for every status.
    with pytest.raises(HttpException) as refused:
        reader.identity.create_project(name="mine")
    assert refused.value.status_code == 403
    assert reader.identity.get_user(user.id).name == "reading"
    reader.close()
    connection.identity.delete_user(user)
