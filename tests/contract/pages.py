"""The pages that describe tasks, by name, and what a newer one says for all."""

from tests.contract.source_documents import (
    list_op_logs_2025,
    list_op_logs_zh,
    show_op_log_2024,
    show_op_log_otc,
)

LISTS = {"list_op_logs_2025": list_op_logs_2025.DOCUMENT, "list_op_logs_zh": list_op_logs_zh.DOCUMENT}
SHOWS = {"show_op_log_2024": show_op_log_2024.DOCUMENT, "show_op_log_otc": show_op_log_otc.DOCUMENT}
DOCUMENTS = LISTS | SHOWS

# Older pages know fewer values than the newest one.
NEWEST = {
    "operation_type": frozenset(list_op_logs_2025.OPERATION_TYPES),
    "type": frozenset(list_op_logs_2025.RESOURCE_TYPES),
}
