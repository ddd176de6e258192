"""The page on the tasks of a backup policy: names, types and values of its tables, and its statuses."""

from tests.contract.tables import Document, Field, Table

STRING = Field("String")

STATUSES = ("RUNNING", "EXECUTE_TIMEOUT", "WAITING", "EXECUTE_FAIL", "EXECUTE_SUCCESS", "SKIP")

DOCUMENT = Document(
    "GET",
    "/v2/{project_id}/backuppolicy/{policy_id}/backuptasks",
    {
        1: Table(
            "Path",
            {"project_id": Field("String", mandatory=True), "policy_id": Field("String", mandatory=True)},
        ),
        2: Table(
            "Query",
            {
                "sort_dir": Field("String", mandatory=False, values=("asc", "desc")),
                "limit": Field("Integer", mandatory=False),
                "marker": Field("String", mandatory=False),
                "job_id": Field("String", mandatory=False),
                "status": Field("String", mandatory=False, values=STATUSES),
                "sort_key": Field("String", mandatory=False, values=("created_at",)),
                "offset": Field("Integer", mandatory=False),
            },
        ),
        3: Table("Body", {"count": Field("Integer"), "tasks": Field("Array of Task objects")}),
        4: Table(
            "Task",
            {
                "status": Field("String", values=STATUSES),
                "job_id": STRING,
                "created_at": STRING,
                "finished_at": STRING,
                "backup_name": STRING,
                "resource_id": STRING,
                "resource_type": STRING,
                "vbs_job_id": STRING,
                "message": STRING,
                "code": STRING,
            },
        ),
    },
    {200: 3},
)
DEFAULTS = {"limit": 20, "offset": 0}
# What is left out of a task until there is something to say.
LATER = {"finished_at", "message", "code"}
# The statuses of refusals.
REFUSALS = (400, 401, 403, 404, 405, 406, 407, 408, 409, 500, 501, 502, 503, 504)
