"""The older Chinese page on listing tasks: names, types and values of its 18 tables."""

from tests.contract.tables import Document, Field, Table

STRING = Field("String")
INTEGER = Field("Integer")

OPERATION_TYPES = (
    "backup",
    "copy",
    "replication",
    "delete",
    "restore",
    "vault_delete",
    "remove_resource",
    "sync",
)
RESOURCE_TYPES = ("OS::Nova::Server", "OS::Cinder::Volume", "OS::Ironic::BareMetalServer")

DOCUMENT = Document(
    "GET",
    "/v3/{project_id}/operation-logs",
    {
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
                "status": Field("String", mandatory=False),
                "vault_id": Field("String", mandatory=False),
                "vault_name": Field("String", mandatory=False),
            },
        ),
        3: Table("Header", {"X-Auth-Token": Field("String", mandatory=True)}),
        4: Table("Body", {"operation_logs": Field("Array of OperationLog objects"), "count": INTEGER}),
        5: Table(
            "OperationLog",
            {
                "checkpoint_id": STRING,
                "created_at": STRING,
                "ended_at": STRING,
                "error_info": Field("OpErrorInfo object"),
                "extra_info": Field("OpExtraInfo object"),
                "id": STRING,
                "operation_type": STRING,
                "policy_id": STRING,
                "project_id": STRING,
                "provider_id": STRING,
                "started_at": STRING,
                "status": STRING,
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
                "app_consistency_status": STRING,
                "backup_id": STRING,
                "backup_name": STRING,
                "incremental": STRING,
            },
        ),
        9: Table("OpExtendInfoCommon", {"progress": INTEGER, "request_id": STRING}),
        10: Table("OpExtendInfoDelete", {"backup_id": STRING, "backup_name": STRING}),
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
                "name": STRING,
                "type": Field("String", values=RESOURCE_TYPES),
            },
        ),
        14: Table(
            "ResourceExtraInfo",
            {
                "exclude_volumes": Field("Array of strings"),
                "include_volumes": Field("Array of ResourceExtraInfoIncludeVolumes objects"),
            },
        ),
        15: Table(
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
        16: Table("ResourceExtraInfoIncludeVolumes", {"id": STRING, "os_version": STRING}),
        17: Table(
            "OpExtendInfoRestore",
            {
                "backup_id": STRING,
                "backup_name": STRING,
                "target_resource_id": STRING,
                "target_resource_name": STRING,
            },
        ),
        18: Table("OpExtendInfoVaultDelete", {"fail_count": INTEGER, "total_count": INTEGER}),
    },
    {200: 4},
)
