// German. Each screen has its own words; what several use stands in `common`.
import accounts from "./de/accounts.js";
import backups from "./de/backups.js";
import common from "./de/common.js";
import overview from "./de/overview.js";
import policies from "./de/policies.js";
import resources from "./de/resources.js";
import restore from "./de/restore.js";
import tasks from "./de/tasks.js";
import vaults from "./de/vaults.js";
import welcome from "./de/welcome.js";

export default {
  ...accounts,
  ...backups,
  ...overview,
  ...policies,
  ...resources,
  ...restore,
  ...tasks,
  ...vaults,
  ...welcome,
  ...common,
};
