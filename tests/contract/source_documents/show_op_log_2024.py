"""The page on showing one task, 2024-04-19: names, types and values of its 16 tables."""

from tests.contract.tables import Document, Field, Table

STRING = Field("String")
INTEGER = Field("Integer")

OPERATION_TYPES = (
    "backup",
    "copy",
    "replication",
    "restore",
    "delete",
    "sync",
    "vault_delete",
    "remove_resource",
)
STATUSES = ("success", "skipped", "failed", "running", "timeout", "waiting")

DOCUMENT = Document(
    "GET",
    "/v3/{project_id}/operation-logs/{operation_log_id}",
    {
        1: Table(
            "Path",
            {
                "operation_log_id": Field("String", mandatory=True),
                "project_id": Field("String", mandatory=True),
            },
        ),
        2: Table("Header", {"X-Auth-Token": Field("String", mandatory=True)}),
        3: Table("Body", {"operation_log": Field("OperationLog object")}),
        4: Table(
            "OperationLog",
            {
                "checkpoint_id": STRING,
                "created_at": STRING,
                "ended_at": STRING,
                "error_info": Field("OpErrorInfo object"),
                "extra_info": Field("OpExtraInfo object"),
                "id": STRING,
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
        5: Table("OpErrorInfo", {"code": STRING, "message": STRING}),
        6: Table(
            "OpExtraInfo",
            {
                "backup": Field("OpExtendInfoBckup object"),
                "common": Field("OpExtendInfoCommon object"),
                "delete": Field("OpExtendInfoDelete object"),
                "sync": Field("OpExtendInfoSync object"),
                "remove_resources": Field("OpExtendInfoRemoveResources object"),
                "resource": Field("Resource object"),
                "restore": Field("OpExtendInfoRestore object"),
                "vault_delete": Field("OpExtendInfoVaultDelete object"),
            },
        ),
        7: Table(
            "OpExtendInfoBckup",
            {
                "app_consistency_error_code": STRING,
                "app_consistency_error_message": STRING,
                "app_consistency_status": Field("String", values=("0", "1")),
                "backup_id": STRING,
                "backup_name": STRING,
                # printed with quotation marks, which are those of the string itself
                "incremental": Field("String", values=("true", "false")),
            },
        ),
        8: Table(
            "OpExtendInfoCommon",
            {"progress": Field("Integer", least=0, most=100), "request_id": STRING, "task_id": STRING},
        ),
        9: Table("OpExtendInfoDelete", {"backup_id": STRING, "backup_name": STRING}),
        10: Table(
            "OpExtendInfoSync",
            {"sync_backup_num": INTEGER, "delete_backup_num": INTEGER, "err_sync_backup_num": INTEGER},
        ),
        11: Table(
            "OpExtendInfoRemoveResources",
            {"fail_count": INTEGER, "total_count": INTEGER, "resources": Field("Array of Resource objects")},
        ),
        12: Table(
            "Resource",
            {
                "extra_info": Field("ResourceExtraInfo object"),
                "id": STRING,
                "name": Field("String", least=0, most=255),
                "type": STRING,  # the cell with its values is broken
            },
        ),
        13: Table("ResourceExtraInfo", {"exclude_volumes": Field("Array of strings")}),
        14: Table(
            "OpExtendInfoRestore",
            {
                "backup_id": STRING,
                "backup_name": STRING,
                "target_resource_id": STRING,
                "target_resource_name": STRING,
            },
        ),
        15: Table("OpExtendInfoVaultDelete", {"fail_count": INTEGER, "total_count": INTEGER}),
        16: Table("Error", {"error_code": STRING, "error_msg": STRING}),
    },
    {200: 3, 404: 16},
)
