// The branches of the tree, folded and unfolded; what was folded is remembered in this browser.

import { parsed } from "../console/kept.js";
import { $, all } from "../shared/find.js";
import { fold, step } from "./steps.js";

const KEY = "clew-folded-teams";

/** Lets the tree be walked by the arrow keys, and its branches be folded. */
export function walk(tree) {
  const folded = new Set(Object.keys(parsed(localStorage.getItem(KEY)) ?? {}));
  const branch = (item) => $(":scope > ul", item);
  const set = (button, open) => {
    button.setAttribute("aria-expanded", String(open));
    branch(button.closest("li")).hidden = !open;
    folded[open ? "delete" : "add"](button.dataset.fold);
  };
  const keep = (button, open) => {
    set(button, open);
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries([...folded].map((one) => [one, 1]))));
  };
  for (const button of all("[data-fold]", tree)) {
    button.hidden = false;
    // Where the reader is stays in sight.
    const here = $("[aria-current]", branch(button.closest("li")));
    if (folded.has(button.dataset.fold) && !here) set(button, false);
    button.addEventListener("click", () => keep(button, button.getAttribute("aria-expanded") !== "true"));
  }
  tree.addEventListener("keydown", (event) => {
    const item = document.activeElement?.closest("li");
    const button = item && $(":scope > [data-fold]", item);
    const open = button ? button.getAttribute("aria-expanded") === "true" : null;
    const does = fold(event.key, open);
    if (does) {
      if (does === "open" || does === "close") keep(button, does === "open");
      else if (does === "in") $("a", branch(item)).focus();
      else item?.parentElement.closest("li")?.querySelector("a").focus();
      event.preventDefault();
      return;
    }
    const links = all("a", tree).filter((one) => !one.closest("ul[hidden]"));
    const next = step(event.key, links.indexOf(document.activeElement), links.length);
    if (next === null) return;
    event.preventDefault();
    links[next].focus();
  });
}
