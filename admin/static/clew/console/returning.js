// Who works by keys and sends a form of a page goes on beside it when the page has come back, not at the page's top.
import { $, all } from "../shared/find.js";

const NAME = "clew-return";
const STALE = 60_000;
const REACH = "a[href],button,summary,input:not([type=hidden]),select,textarea";
const PARTS = "main :is(.card,[data-live])";
const nameOf = (one) => one.getAttribute("aria-label") || one.getAttribute("name") || one.textContent.trim();
const reach = (at) => all(REACH, at).filter((one) => one.checkVisibility());

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
  if (event.defaultPrevented || !byKeys || form.method !== "post" || !form.closest("main") || form.closest("dialog"))
    return;
  const part = form.closest(PARTS);
  const kept = {
    path: location.pathname,
    name: nameOf(pressed),
    index: reach(part ?? form).indexOf(pressed),
    when: Date.now(),
  };
  try {
    sessionStorage.setItem(NAME, JSON.stringify({ ...kept, part: all(PARTS).indexOf(part) }));
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

/** What stands where something was pressed: the same by its name, else what took its place, else what comes next. */
function beside({ part, name, index }) {
  const at = all(PARTS)[part] ?? $("main");
  const there = reach(at);
  const near = (one) => Math.abs(there.indexOf(one) - index);
  const same = there.filter((one) => nameOf(one) === name).sort((one, other) => near(one) - near(other))[0];
  const after = (one) => at.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
  return same ?? there[Math.min(Math.max(index, 0), there.length - 1)] ?? reach($("main")).find(after);
}

const kept = taken();
if (
  kept &&
  kept.path === location.pathname &&
  Date.now() - kept.when < STALE &&
  document.activeElement === document.body
) {
  const sentence = $("h1");
  const one = beside(kept) ?? sentence;
  if (one === sentence) sentence.tabIndex = -1;
  one?.focus();
}
