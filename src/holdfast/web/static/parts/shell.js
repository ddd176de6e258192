// The frame around every screen: where one can go, who one is, and whether what one sees is live.
import { administers, Problem, project, role, signOut, who } from "../core/api.js";
import { useLiveState } from "../core/live.js";
import { href, useRoute } from "../core/route.js";
import { html, useEffect, useErrorBoundary, useMemo, useState } from "../core/ui.js";
import { t } from "../core/words.js";
import { Loading, Page, Trouble } from "./basics.js";
import { Notices } from "./dialog.js";
import { Choice } from "./form.js";
import { Icon } from "./icon.js";
import { Settings } from "./settings.js";

/** @type {Record<string, () => Promise<{default: any}>>} every screen, loaded when it is first shown */
const SCREENS = {
  overview: () => import("../screens/overview.js"),
  tasks: () => import("../screens/tasks.js"),
  resources: () => import("../screens/resources.js"),
  backups: () => import("../screens/backups.js"),
  restore: () => import("../screens/restore.js"),
  vaults: () => import("../screens/vaults.js"),
  policies: () => import("../screens/policies.js"),
  regions: () => import("../screens/regions.js"),
  accounts: () => import("../screens/accounts.js"),
  projects: () => import("../screens/projects.js"),
  credentials: () => import("../screens/credentials.js"),
  welcome: () => import("../screens/welcome.js"),
};

/** @returns {[string, string, string][]} */
const places = () => [
  ["overview", t("Overview"), "layout-dashboard"],
  ["tasks", t("Tasks"), "list-checks"],
  ["resources", t("Resources"), "hard-drive"],
  ["backups", t("Backups"), "archive"],
  ["restore", t("Restore"), "rotate-ccw"],
  ["vaults", t("Vaults"), "database"],
  ["policies", t("Policies"), "calendar-clock"],
];

/** @returns {[string, string, string][]} */
const offices = () => [
  ["regions", t("Regions"), "globe"],
  ...(administers()
    ? /** @type {[string, string, string][]} */ ([
        ["accounts", t("Accounts"), "users"],
        ["projects", t("Projects"), "boxes"],
      ])
    : []),
  ["credentials", t("Credentials"), "key-round"],
];

/** @param {{onSignedOut: () => void}} props */
export function Shell({ onSignedOut }) {
  const { screen } = useRoute();
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [location.hash]);
  // One element as long as these are the same: a new filter in the address draws the screen and not all around it.
  const shown = useMemo(() => html`<${Screen} key=${screen} name=${screen} />`, [screen, project(), role()]);
  if (!project()) return html`<${Nowhere} onSignedOut=${onSignedOut} />`;
  return html`<div class="shell">
    <button type="button" class="skip" onClick=${() => document.querySelector("h1")?.focus()}>${t("Skip to the content")}</button>
    <header class="bar-top">
      <a class="brand" href=${href("")}><img src=${new URL("../mark.svg", import.meta.url).href} alt="" width="26" height="26" />holdfast</a>
      <button type="button" class="plain" aria-expanded=${String(open)} aria-controls="places" onClick=${() => setOpen(!open)}>
        <${Icon} name=${open ? "x" : "menu"} /><span class="unseen">${t("Menu")}</span>
      </button>
    </header>
    <aside id="places" aria-label=${t("Menu")} class=${open ? "side open" : "side"}>
      <a class="brand" href=${href("")}><img src=${new URL("../mark.svg", import.meta.url).href} alt="" width="26" height="26" />holdfast</a>
      <${Projects} />
      <nav aria-label=${t("Screens")}>
        <${Places} places=${places()} here=${screen} />
        <h2>${t("Administration")}</h2>
        <${Places} places=${offices()} here=${screen} />
      </nav>
      <${Foot} onSignedOut=${onSignedOut} />
    </aside>
    <main key=${project()}>${shown}</main>
    <${Notices} />
  </div>`;
}

/** @param {{places: [string, string, string][], here: string}} props */
function Places({ places, here }) {
  return html`<ul>
    ${places.map(
      ([name, word, icon]) =>
        html`<li key=${name}><a href=${href(name)} aria-current=${here === name ? "page" : null}><${Icon} name=${icon} />${word}</a></li>`,
    )}
  </ul>`;
}

function Projects() {
  const mine = who()?.projects ?? [];
  if (mine.length < 2) return html`<p class="project faint">${mine[0]?.name}</p>`;
  const options = /** @type {[string, string][]} */ (mine.map((one) => [one.id, one.name]));
  return html`<${Choice} label=${t("Project")} unseen value=${project()} options=${options} onInput=${(/** @type {string} */ id) => (location.hash = `#/${id}/`)} />`;
}

/** @param {{onSignedOut: () => void}} props */
function Foot({ onSignedOut }) {
  const live = useLiveState();
  const words = { live: t("Live"), connecting: t("Connecting"), broken: t("Not live: trying again") };
  return html`<footer role="none">
    <p class=${`live ${live}`} role="status"><span class="dot"></span>${words[live]}</p>
    <details class="me">
      <summary><${Icon} name="user" />${who()?.user.name}</summary>
      <${Settings} />
      <button type="button" class="secondary outline small" onClick=${() => signOut().then(onSignedOut)}><${Icon} name="log-out" />${t("Sign out")}</button>
      <p class="faint small">holdfast ${who()?.version} · ${who()?.region}</p>
    </details>
  </footer>`;
}

/** @param {{name: string}} props */
function Screen({ name }) {
  const [found, setFound] = useState(/** @type {{is: any} | null} */ (null));
  const [missing, setMissing] = useState(/** @type {Error | undefined} */ (undefined));
  const [fault] = useErrorBoundary((error) => console.error(error));
  useEffect(() => {
    if (name in SCREENS)
      SCREENS[name]().then(
        (module) => setFound({ is: module.default }),
        (error) => setMissing(unloaded(error)),
      );
  }, [name]);
  if (!(name in SCREENS))
    return html`<${Page} title=${t("There is no such page")}><p><a href=${href("")}>${t("Back to the overview")}</a></p></${Page}>`;
  if (fault || missing) return html`<${Trouble} error=${fault ?? missing} retry=${() => location.reload()} />`;
  return found ? html`<${found.is} />` : html`<${Loading} />`;
}

/** Why a screen is not there: a script that does not come is no fault of the console's. @param {Error} error */
const unloaded = (error) =>
  error instanceof TypeError ? new Problem(0, "", t("This screen could not be loaded."), "") : error;

/** Signed in, and with no project to be in. @param {{onSignedOut: () => void}} props */
function Nowhere({ onSignedOut }) {
  return html`<main class="sign-in"><${Page} title=${t("You have no project yet")}>
    <p>${t("An administrator gives you a role in a project; then reload this page.")}</p>
    <button type="button" onClick=${() => signOut().then(onSignedOut)}>${t("Sign out")}</button>
  </${Page}></main>`;
}
