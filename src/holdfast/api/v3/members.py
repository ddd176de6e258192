"""Members: the projects that a backup is shared with, and what each of them says to that.

A member is named by its project; the id of the share is understood as well, which some clients send back.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from holdfast.api import moments, paging
from holdfast.api.request import Call, Reply, Route
from holdfast.model.errors import InvalidParameter
from holdfast.model.member import Answer, Member, MemberStatus, answer_of
from holdfast.service import members
from holdfast.service.context import Context
from holdfast.service.members import MemberFilter, MemberKey, Receivers

from .wording import Id

MAX_NAMED = 256
Ids = Annotated[list[Id], Meta(max_length=MAX_NAMED)]


class MemberView(msgspec.Struct, frozen=True, kw_only=True):
    """Member."""

    id: str
    backup_id: str
    dest_project_id: str
    vault_id: str | None
    image_id: str | None
    status: str
    created_at: str | None
    updated_at: str | None

    @classmethod
    def of(cls, member: Member) -> "MemberView":
        """The wire's view of a member. No image is made of a backup here."""
        return cls(
            id=member.id,
            backup_id=member.backup_id,
            dest_project_id=member.project_id,
            vault_id=member.vault_id,
            image_id=None,
            status=member.status,
            created_at=moments.of_resource(member.created_at),
            updated_at=moments.of_resource(member.updated_at),
        )


class MemberReply(msgspec.Struct, frozen=True):
    """MemberResp."""

    member: MemberView


class AddedReply(msgspec.Struct, frozen=True):
    """MembersList, as sharing answers it: without a count."""

    members: Sequence[MemberView]


class MembersReply(msgspec.Struct, frozen=True):
    """MembersList."""

    members: Sequence[MemberView]
    count: int
    limit: int
    offset: int


class AddRequest(msgspec.Struct, frozen=True, kw_only=True):
    """AddMembersReq: projects, or domains for all the projects in them."""

    members: Ids | None = None
    domains: Ids | None = None

    def receivers(self) -> Receivers:
        """Whom the backup is shared with; raises InvalidParameter for nobody."""
        if not self.members and not self.domains:
            raise InvalidParameter("members", "must name at least one project")
        return Receivers(tuple(self.members or ()), tuple(self.domains or ()))


class AnswerBody(msgspec.Struct, frozen=True, kw_only=True):
    """UpdateMember."""

    status: Annotated[str, Meta(max_length=255)]
    vault_id: Id | None = None


class AnswerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """UpdateMember as it is, or inside of `member`, as some clients send it."""

    status: Annotated[str, Meta(max_length=255)] | None = None
    vault_id: Id | None = None
    member: AnswerBody | None = None

    def answer(self) -> Answer:
        """What the receiver says; raises InvalidParameter or InvalidMemberStatus."""
        if self.member is not None:
            return answer_of(self.member.status, self.member.vault_id)
        if self.status is None:
            raise InvalidParameter("status", "is missing")
        return answer_of(self.status, self.vault_id)


def add(context: Context, call: Call) -> Reply:
    """POST backups/{backup_id}/members."""
    receivers = call.read(AddRequest).receivers()
    added = members.add(context, call.path["backup_id"], receivers)
    return Reply(AddedReply([MemberView.of(member) for member in added]))


def find(context: Context, call: Call) -> Reply:
    """GET backups/{backup_id}/members."""
    page = paging.page(call.query)
    wanted = MemberFilter(
        project_id=call.query.text("dest_project_id"),
        vault_id=call.query.text("vault_id"),
        image_id=call.query.text("image_id"),
        status=call.query.choice("status", MemberStatus),
        sort=call.query.order("sort", MemberKey),
    )
    found = members.find(context, call.path["backup_id"], wanted)
    views = [MemberView.of(member) for member in paging.cut(found, page)]
    return Reply(MembersReply(views, len(found), page.limit, page.offset))


def show(context: Context, call: Call) -> Reply:
    """GET backups/{backup_id}/members/{member_id}."""
    member = members.show(context, call.path["backup_id"], call.path["member_id"])
    return Reply(MemberReply(MemberView.of(member)))


def answer(context: Context, call: Call) -> Reply:
    """PUT backups/{backup_id}/members/{member_id}."""
    said = call.read(AnswerRequest).answer()
    member = members.answer(context, call.path["backup_id"], call.path["member_id"], said)
    return Reply(MemberReply(MemberView.of(member)))


def remove(context: Context, call: Call) -> Reply:
    """DELETE backups/{backup_id}/members/{member_id}."""
    members.remove(context, call.path["backup_id"], call.path["member_id"])
    return Reply(status=204)


ROUTES = (
    Route("POST", "/backups/{backup_id}/members", add),
    Route("GET", "/backups/{backup_id}/members", find),
    Route("GET", "/backups/{backup_id}/members/{member_id}", show),
    Route("PUT", "/backups/{backup_id}/members/{member_id}", answer),
    Route("DELETE", "/backups/{backup_id}/members/{member_id}", remove),
)
