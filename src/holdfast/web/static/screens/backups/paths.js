// Where in a backup something is.
import { href } from "../../core/route.js";
import { html } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Icon } from "../../parts/icon.js";

/** The folder that something is in. @param {string} path */
export const parentOf = (path) => path.slice(0, path.lastIndexOf("/")) || "/";

/** As it is seen from the resource's own folder; what is not below that stays as it is. @param {string} path @param {string} root */
export const below = (path, root) => (root !== "/" && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path);

/** Whether it is in a folder that is chosen as a whole. @param {string} path @param {string[]} chosen */
export const isHeld = (path, chosen) => chosen.some((one) => path.startsWith(`${one}/`));

/** These chosen besides; what is in one of them is chosen with it. @param {string[]} chosen @param {string[]} paths */
export const withAll = (chosen, paths) => [
  ...chosen.filter((one) => !paths.includes(one) && !isHeld(one, paths)),
  ...paths.filter((one) => !isHeld(one, [...chosen, ...paths])),
];

/** None of these chosen any more. @param {string[]} chosen @param {string[]} paths */
export const withNone = (chosen, paths) => chosen.filter((one) => !paths.includes(one));

/**
 * The way from the resource's own folder to this one; what is above the resource is there too, and shorter.
 * @param {{id: string, path: string, root: string, name: string}} props
 */
export function Crumbs({ id, path, root, name }) {
  const clean = path.length > 1 ? path.replace(/\/+$/, "") : path;
  const inside = !clean || clean === root || clean.startsWith(root === "/" ? "/" : `${root}/`);
  const base = inside ? root : "/";
  const rest = clean
    .slice(base === "/" ? 1 : base.length + 1)
    .split("/")
    .filter(Boolean);
  const steps = rest.map((step, place) => ({
    word: step,
    path: `${base === "/" ? "" : base}/${rest.slice(0, place + 1).join("/")}`,
  }));
  const first = { word: !clean || (inside && root !== "/") ? name : "/", path: base };
  const all = [first, ...steps];
  return html`<nav class="backup-crumbs" aria-label=${t("Folder")}>
    <ol>
      ${
        inside &&
        root !== "/" &&
        html`<li><a class="crumb-top" href=${href(["backups", id], { path: "/" })} title=${t("Everything in the backup, from the top")} aria-label=${t("Everything in the backup, from the top")}><${Icon} name="house" /></a></li>`
      }
      ${all.map(
        (step, place) =>
          html`<li key=${step.path}>${
            place === all.length - 1
              ? html`<bdi aria-current="location" title=${step.path}>${step.word}</bdi>`
              : html`<a href=${href(["backups", id], { path: step.path })} title=${step.path}><bdi>${step.word}</bdi></a>`
          }</li>`,
      )}
    </ol>
  </nav>`;
}
