// Who works by keys and sends a form of a page goes on beside it when the page has come back, not at the page's top.
import { $, all } from "../shared/find.js";

const NAME = "clew-return";
const STALE = 60_000;
const REACH = "a[href],button,summary,input:not([type=hidden]),select,textarea";
const nameOf = (one) => one.getAttribute("aria-label") || one.getAttribute("name") || one.textContent.trim();
const reach = (at) => all(REACH, at).filter((one) => one.checkVisibility() && !one.inert);
const place = (one) => one.closest("[data-live],section[id]");
const partOf = (at) => (at?.dataset.live ? `[data-live="${at.dataset.live}"]` : at ? `#${at.id}` : "main");

let byKeys = false;
document.addEventListener("keydown", () => {
  byKeys = true;
});
document.addEventListener("pointerdown", () => {
  byKeys = false;
});

document.addEventListener("submit", (event) => {
  const form = event.target,
    pressed = event.submitter ?? document.activeElement;
  if (event.defaultPrevented || !byKeys || form.method !== "post" || !form.closest("main") || form.closest("dialog")) return;
  const at = partOf(place(form));
  const index = reach($(at) ?? document).indexOf(pressed);
  const kept = { path: location.pathname, at, index, name: nameOf(pressed), when: Date.now() };
  try {
    sessionStorage.setItem(NAME, JSON.stringify(kept));
  } catch {
    // Without storage the next page begins at its top.
  }
});

function taken() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(NAME) ?? "null");
    sessionStorage.removeItem(NAME);
    return kept;
  } catch {
    return null;
  }
}

const kept = taken();
if (kept && kept.path === location.pathname && Date.now() - kept.when < STALE && document.activeElement === document.body) {
  const there = reach($(kept.at) ?? $("main"));
  const near = (one) => Math.abs(there.indexOf(one) - kept.index);
  const same = there.filter((one) => nameOf(one) === kept.name).sort((one, other) => near(one) - near(other))[0];
  const beside = same ?? there[Math.min(Math.max(kept.index, 0), there.length - 1)];
  if (beside) beside.focus();
  else {
    // Nothing is left there: the page's sentence says so.
    const sentence = $("h1");
    sentence.tabIndex = -1;
    sentence.focus();
  }
}
