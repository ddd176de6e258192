"""What `holdfast up` tells in the end: lines to paste, for the very task and backup that it made. Pure."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SDK = """\
{python} - {credentials} <<'END'
import json, sys
from huaweicloudsdkcbr.v1 import CbrClient, ShowOpLogRequest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
known = json.load(open(sys.argv[1]))
signed = BasicCredentials(known["access_key"], known["secret_key"], known["project_id"])
client = CbrClient.new_builder().with_credentials(signed).with_endpoint("{endpoint}").build()
print(client.show_op_log(ShowOpLogRequest("{task_id}")))
END"""


@dataclass(frozen=True)
class Place:
    """How the lines reach this house: the program and the interpreter to call, the folder with the
    credentials, the address of the API without `/v3`, and where restored things may go."""

    program: str
    python: str
    data: str
    endpoint: str
    scratch: str


def lines(place: Place, tasks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """How to see the first of these backup tasks, and how to restore what each of them took."""
    shown = tasks[0]
    data = f"--data {shlex.quote(place.data)}"
    url = f"{place.endpoint}/v3/{shown['project_id']}/operation-logs/{shown['id']}"
    yield "# See the task of the backup, with the command line:"
    yield f"{place.program} tasks show {shown['id']} {data}"
    yield ""
    yield "# with curl:"
    yield f"TOKEN=$({place.program} token {data})"
    yield f'curl -sS -H "X-Auth-Token: $TOKEN" {url}'
    yield ""
    yield "# with the Python SDK, which signs with the access key; to have it here:"
    yield f"#   python3 -m pip --python {place.python} install huaweicloudsdkcbr"
    yield SDK.format(
        python=place.python,
        credentials=shlex.quote(f"{place.data}/credentials.json"),
        endpoint=place.endpoint,
        task_id=shown["id"],
    )
    taken = [task for task in tasks if task["status"] == "success"]
    if taken:
        yield ""
        yield from _restoring(place, taken)


def _restoring(place: Place, tasks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    data = f"--data {shlex.quote(place.data)}"
    yield "# Restore to another place:"
    for number, task in enumerate(tasks, 1):
        target = shlex.quote(f"{place.scratch}/restored-{number}")
        backup_id = task["extra_info"]["backup"]["backup_id"]
        yield f"{place.program} restore {backup_id} --to {target} {data}"
    yield ""
    yield "# Look into the vault with stock restic:"
    yield f"eval \"$({place.program} repo env {tasks[0]['vault_id']} {data} | sed 's/^/export /')\""
    yield "restic snapshots"
