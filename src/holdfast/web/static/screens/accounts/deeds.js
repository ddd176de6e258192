// What a call did, as people say it.
import { t } from "../../core/words.js";

/** @returns {Record<string, string>} by method and route */
const known = () => ({
  "POST /projects": t("Made a project"),
  "PATCH /projects/{project_id}": t("Changed a project"),
  "DELETE /projects/{project_id}": t("Deleted a project"),
  "POST /users": t("Made a user"),
  "PATCH /users/{user_id}": t("Changed a user"),
  "DELETE /users/{user_id}": t("Deleted a user"),
  "POST /users/{user_id}/password": t("Changed their password"),
  "PUT /projects/{project_id}/users/{user_id}/roles/{role_id}": t("Gave a role"),
  "DELETE /projects/{project_id}/users/{user_id}/roles/{role_id}": t("Took back a role"),
  "POST /users/{user_id}/application_credentials": t("Made an application credential"),
  "DELETE /users/{user_id}/application_credentials/{credential_id}": t("Deleted an application credential"),
  "POST /OS-CREDENTIAL/credentials": t("Made an access key"),
  "PUT /OS-CREDENTIAL/credentials/{access_key}": t("Changed an access key"),
  "DELETE /OS-CREDENTIAL/credentials/{access_key}": t("Deleted an access key"),
  "POST /vaults": t("Made a vault"),
  "PUT /vaults/{vault_id}": t("Changed a vault"),
  "DELETE /vaults/{vault_id}": t("Deleted a vault"),
  "POST /vaults/{vault_id}/addresources": t("Put resources into a vault"),
  "POST /vaults/{vault_id}/removeresources": t("Took resources out of a vault"),
  "POST /vaults/{vault_id}/migrateresources": t("Moved resources to another vault"),
  "POST /vaults/{vault_id}/associatepolicy": t("Bound a policy to a vault"),
  "POST /vaults/{vault_id}/dissociatepolicy": t("Took a policy off a vault"),
  "POST /resources": t("Made a resource known"),
  "PUT /resources/{resource_id}": t("Changed a resource"),
  "DELETE /resources/{resource_id}": t("Forgot a resource"),
  "POST /policies": t("Made a policy"),
  "PUT /policies/{policy_id}": t("Changed a policy"),
  "DELETE /policies/{policy_id}": t("Deleted a policy"),
  "POST /checkpoints": t("Began a backup"),
  "POST /backups/{backup_id}/restore": t("Began a restore"),
  "POST /backups/{backup_id}/replicate": t("Began a replication"),
  "POST /checkpoints/replicate": t("Began a replication"),
  "DELETE /backups/{backup_id}": t("Deleted a backup"),
  "PUT /backups/{backup_id}": t("Renamed a backup"),
  "POST /backups/{backup_id}/downloads": t("Downloaded files of a backup"),
  "POST /operation-logs/{operation_log_id}/cancel": t("Cancelled a task"),
  "POST /operation-logs/{operation_log_id}/retry": t("Asked for a task once more"),
  "PUT /holdfast/history": t("Changed how long tasks are kept"),
});

/** @param {{method: string, route: string}} entry @returns {string} empty for what has no words here */
export function deed({ method, route }) {
  if (method === "FIRE") return t("A policy came due");
  if (method === "EXPIRE") return t("Backups expired");
  const place = route.replace(/^(\/identity)?\/v[\d.]+/, "");
  return known()[`${method} ${place.replace(/^\/\{project_id\}/, "")}`] ?? "";
}
