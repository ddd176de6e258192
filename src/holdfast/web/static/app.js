// The console begins here: who is there, which project, which screen.
import { enter, project, resume, whenEnded, who } from "./core/api.js";
import { hangUp } from "./core/live.js";
import { settle } from "./core/route.js";
import { html, render, useEffect, useState } from "./core/ui.js";
import { preferred, speak } from "./core/words.js";
import { Shell } from "./parts/shell.js";
import { SignIn } from "./screens/sign_in.js";

/** A role that another Keystone tells only to who is in the project. */
async function learnRole() {
  const here = who()?.projects.find((one) => one.id === project());
  if (here?.role === null) await resume().catch(() => null);
}

function Console() {
  const [, draw] = useState(0);
  const again = () => draw((n) => n + 1);
  useEffect(() => {
    whenEnded(() => {
      hangUp();
      again();
    });
    const follow = () => {
      const before = project();
      settle();
      if (project() === before) return; // the screens follow the rest of the address by themselves
      again();
      learnRole().then(again);
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  if (!who()) {
    enter("");
    const enterHouse = () => {
      settle();
      learnRole().then(again);
    };
    return html`<${SignIn} onDone=${enterHouse} />`;
  }
  const leave = () => {
    hangUp();
    again();
  };
  return html`<${Shell} onSignedOut=${leave} />`;
}

async function begin() {
  await Promise.all([speak(preferred()), resume().catch(() => null)]);
  if (who()) settle();
  await learnRole();
  const place = /** @type {HTMLElement} */ (document.getElementById("console"));
  place.replaceChildren();
  render(html`<${Console} />`, place);
}

begin();
