// What to paste into a terminal or a file so that a program reaches this house.
import { project, who } from "../../core/api.js";

/** Text between quotes of a shell. @param {string} text */
export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const region = () => who()?.region ?? "";
const here = () => who()?.projects.find((one) => one.id === project())?.name ?? "";

/** For the openstack command line, with an application credential. @param {string} id @param {string} secret @param {string} [place] the identity service */
export const program = (
  id,
  secret,
  place = `${location.origin}/identity/v3`,
) => `export OS_AUTH_TYPE=v3applicationcredential OS_IDENTITY_API_VERSION=3
export OS_AUTH_URL=${place} OS_REGION_NAME=${region()}
export OS_APPLICATION_CREDENTIAL_ID=${id}
export OS_APPLICATION_CREDENTIAL_SECRET=${secret}
openstack cbr vault list`;

/** For Terraform's provider opentelekomcloud or openstack, which read a file of clouds. @param {string} id @param {string} secret */
export const clouds = (id, secret) => `clouds:
  holdfast:
    auth_type: v3applicationcredential
    auth:
      auth_url: ${location.origin}/identity/v3
      application_credential_id: ${id}
      application_credential_secret: ${secret}
    region_name: ${region()}`;

/** For the openstack command line, with the viewer's password. */
export const person = () => `export OS_AUTH_URL=${location.origin}/identity/v3
export OS_IDENTITY_API_VERSION=3 OS_REGION_NAME=${region()}
export OS_USERNAME=${quoted(who()?.user.name ?? "")} OS_USER_DOMAIN_NAME=${quoted(who()?.domain.name ?? "")}
export OS_PROJECT_ID=${project()}
read -rs -p 'Password: ' OS_PASSWORD && export OS_PASSWORD
openstack cbr vault list`;

/** For Terraform. @param {string} key @param {string} secret */
export const terraform = (key, secret) => `provider "huaweicloud" {
  region       = ${JSON.stringify(region())}
  project_name = ${JSON.stringify(here())}
  project_id   = "${project()}"
  access_key   = "${key}"
  secret_key   = "${secret}"
  auth_url     = "${location.origin}/identity/v3"
  insecure     = ${location.protocol === "http:"}
  endpoints    = { cbr = "${location.origin}/", iam = "${location.origin}/identity/" }
}`;

/** For Python, with Huawei's SDK. @param {string} key @param {string} secret */
export const python = (key, secret) => `from huaweicloudsdkcbr.v1 import CbrClient, ListVaultRequest
from huaweicloudsdkcore.auth.credentials import BasicCredentials

signed = BasicCredentials(
    "${key}", "${secret}",
    "${project()}",
)
builder = CbrClient.new_builder().with_credentials(signed)
client = builder.with_endpoint("${location.origin}").build()
print(client.list_vault(ListVaultRequest()))`;
