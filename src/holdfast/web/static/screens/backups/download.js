// Getting files out: a ticket is asked for, then the browser fetches what it is for, and shows how far it is.
import { post } from "../../core/api.js";
import { bytes } from "../../core/format.js";
import { t, tn } from "../../core/words.js";
import { notice } from "../../parts/dialog.js";

/** @param {string} id of the backup @param {string[]} paths */
export async function download(id, paths) {
  const told = (await post(["backups", id, "downloads"], { download: { paths } })).download;
  const link = document.createElement("a");
  link.href = told.url;
  link.download = told.name;
  link.rel = "noopener";
  document.body.append(link);
  link.click();
  link.remove();
  const size = bytes(told.size_bytes);
  notice(
    told.file_count === 1
      ? t("The browser downloads {name}: {size}.", { name: told.name, size })
      : tn(told.file_count, "The browser downloads {n} file: {size}.", "The browser downloads {n} files: {size}.", {
          size,
        }),
  );
}
