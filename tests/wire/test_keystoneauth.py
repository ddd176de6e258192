"""keystoneauth, the part of OpenStack's clients that signs in, at every address that people may give it."""

import pytest
from keystoneauth1 import session
from keystoneauth1.identity import generic
from tests.wire.town import Town


@pytest.mark.parametrize("place", ["/identity/v3", "/identity/v3/", "/identity", "/v3"])
def test_it_finds_its_way_from_the_address_to_a_token_and_the_service(town: Town, place: str) -> None:
    known = town.server.credentials
    password = generic.Password(
        auth_url=f"{town.endpoint}{place}",
        username=known["username"],
        password=known["password"],
        user_domain_name=known["domain_name"],
        project_name=known["project_name"],
        project_domain_name=known["domain_name"],
    )
    client = session.Session(auth=password)
    assert client.get_project_id() == town.project_id
    service = client.get_endpoint(service_type="cbr", interface="public", region_name="local-1")
    assert service == f"{town.endpoint}/v3/{town.project_id}"
    reply = client.get("/operation-logs", endpoint_filter={"service_type": "cbr"}, raise_exc=False)
    assert reply.status_code == 200
    client.session.close()


def test_an_unscoped_token_leads_to_the_projects_and_on_to_a_scoped_one(town: Town) -> None:
    known = town.server.credentials
    unscoped = generic.Password(
        auth_url=known["auth_url"],
        username=known["username"],
        password=known["password"],
        user_domain_name=known["domain_name"],
    )
    client = session.Session(auth=unscoped)
    listed = client.get(f"{known['auth_url']}/auth/projects").json()["projects"]
    assert [project["id"] for project in listed] == [town.project_id]
    token = client.get_token()
    assert token is not None
    scoped = generic.Token(auth_url=known["auth_url"], token=token, project_id=listed[0]["id"])
    rescoped = session.Session(auth=scoped)
    assert rescoped.get_project_id() == town.project_id
    for one in (client, rescoped):
        one.session.close()
