"""The page on listing tasks, 2025-10-17: names, types and values of its 31 tables."""

from tests.contract.tables import Document, Field, Table

STRING = Field("String")
INTEGER = Field("Integer")

OPERATION_TYPES = (
    "backup",
    "replication",
    "delete",
    "restore",
    "vault_delete",
    "remove_resource",
    "sync",
    "copy",
)
STATUSES = ("success", "skipped", "failed", "running", "timeout", "waiting")
RESOURCE_TYPES = (
    "OS::Nova::Server",
    "OS::Cinder::Volume",
    "OS::Ironic::BareMetalServer",
    "OS::Sfs::Turbo",
    "OS::Workspace::DesktopV2",
)

_REQUEST = {
    1: Table("Path", {"project_id": Field("String", mandatory=True)}),
    2: Table(
        "Query",
        {
            "end_time": Field("String", mandatory=False),
            "enterprise_project_id": Field("String", mandatory=False),
            "limit": Field("Integer", mandatory=False),
            "offset": Field("Integer", mandatory=False),
            "operation_type": Field("String", mandatory=False, values=OPERATION_TYPES),
            "provider_id": Field("String", mandatory=False),
            "resource_id": Field("String", mandatory=False),
            "resource_name": Field("String", mandatory=False),
            "start_time": Field("String", mandatory=False),
            "status": Field("String", mandatory=False, values=STATUSES),
            "vault_id": Field("String", mandatory=False),
            "vault_name": Field("String", mandatory=False),
        },
    ),
    3: Table("Header", {"X-Auth-Token": Field("String", mandatory=True)}),
}

_RESPONSE = {
    4: Table(
        "Body",
        {
            "operation_logs": Field("Array of OperationLog objects"),
            "count": INTEGER,
            "limit": INTEGER,
            "offset": INTEGER,
        },
    ),
    5: Table(
        "OperationLog",
        {
            "checkpoint_id": STRING,
            "created_at": STRING,
            "ended_at": STRING,
            "error_info": Field("OpErrorInfo object"),
            "extra_info": Field("OpExtraInfo object"),
            "id": STRING,
            # the values that table 2 lists for the filters of the same name
            "operation_type": Field("String", values=OPERATION_TYPES),
            "policy_id": STRING,
            "project_id": STRING,
            "provider_id": STRING,
            "started_at": STRING,
            "status": Field("String", values=STATUSES),
            "updated_at": STRING,
            "vault_id": STRING,
            "vault_name": STRING,
        },
    ),
    6: Table("OpErrorInfo", {"code": STRING, "message": STRING}),
    7: Table(
        "OpExtraInfo",
        {
            "backup": Field("OpExtendInfoBckup object"),
            "common": Field("OpExtendInfoCommon object"),
            "delete": Field("OpExtendInfoDelete object"),
            "sync": Field("OpExtendInfoSync object"),
            "remove_resources": Field("OpExtendInfoRemoveResources object"),
            "replication": Field("OpExtendInfoReplication object"),
            "resource": Field("Resource object"),
            "restore": Field("OpExtendInfoRestore object"),
            "vault_delete": Field("OpExtendInfoVaultDelete object"),
        },
    ),
    8: Table(
        "OpExtendInfoBckup",
        {
            "app_consistency_error_code": STRING,
            "app_consistency_error_message": STRING,
            "app_consistency_status": Field("String", values=("0", "1")),
            "backup_id": STRING,
            "backup_name": Field("String", most=64),
            "incremental": STRING,
        },
    ),
    9: Table(
        "OpExtendInfoCommon",
        {"progress": Field("Integer", least=0, most=100), "request_id": STRING, "task_id": STRING},
    ),
    10: Table("OpExtendInfoDelete", {"backup_id": STRING, "backup_name": Field("String", most=64)}),
    11: Table(
        "OpExtendInfoSync",
        {"sync_backup_num": INTEGER, "delete_backup_num": INTEGER, "err_sync_backup_num": INTEGER},
    ),
    12: Table(
        "OpExtendInfoRemoveResources",
        {"fail_count": INTEGER, "total_count": INTEGER, "resources": Field("Array of Resource objects")},
    ),
    13: Table(
        "Resource",
        {
            "extra_info": Field("ResourceExtraInfo object"),
            "id": STRING,
            "name": Field("String", most=255),
            "type": Field("String", values=RESOURCE_TYPES),
        },
    ),
    14: Table(
        "OpExtendInfoReplication",
        {
            "destination_backup_id": STRING,
            "destination_checkpoint_id": STRING,
            "destination_project_id": STRING,
            "destination_region": STRING,
            "source_backup_id": STRING,
            "source_checkpoint_id": STRING,
            "source_project_id": STRING,
            "source_region": STRING,
            "source_backup_name": STRING,
            "destination_backup_name": STRING,
        },
    ),
    15: Table("ResourceExtraInfo", {"exclude_volumes": Field("Array of strings")}),
    16: Table(
        "OpExtendInfoRestore",
        {
            "backup_id": STRING,
            "backup_name": Field("String", most=64),
            "target_resource_id": STRING,
            "target_resource_name": STRING,
        },
    ),
    17: Table("OpExtendInfoVaultDelete", {"fail_count": INTEGER, "total_count": INTEGER}),
}

# Tables 18 to 31 describe the answer with status 404: they are tables 4 to 17 over again.
_NOT_FOUND = {number + 14: table for number, table in _RESPONSE.items()}

DOCUMENT = Document(
    "GET", "/v3/{project_id}/operation-logs", {**_REQUEST, **_RESPONSE, **_NOT_FOUND}, {200: 4, 404: 18}
)
