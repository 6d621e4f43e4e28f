// Parts of the page put in place of what they were, without taking anything from whoever is at work in them.
import { $, all } from "../shared/find.js";

const TYPED = "input:not([type=hidden],[type=submit],[type=button]),textarea,select";
const PASSING = ["csrf_token", "key"];

function isChanged(one) {
  if (one.matches("[name=rowid],[data-all]")) return one.checked;
  if (one.type === "checkbox" || one.type === "radio") return one.checked !== one.defaultChecked;
  if (one.matches("select")) {
    const first = [...one.options].findIndex((option) => option.defaultSelected);
    return one.selectedIndex !== Math.max(0, first);
  }
  return one.value !== one.defaultValue;
}

/** Whether somebody types, or has typed, in a part of the page; or has a form or a dialog of it open. */
export const isBusy = (part) =>
  Boolean(document.activeElement?.matches(TYPED) && part.contains(document.activeElement)) ||
  Boolean($("dialog[open], .value.open, [data-item].open", part)) ||
  all(TYPED, part).some(isChanged);

/** What a part says, without what is another each time it is made. */
function said(part) {
  const copy = part.cloneNode(true);
  for (const one of all("input", copy)) if (PASSING.includes(one.name)) one.remove();
  for (const one of all("[data-left][data-spans]", copy)) {
    for (const name of ["left", "now", "spans"]) delete one.dataset[name];
    for (const each of all("[data-count],.track i", one)) each.remove();
  }
  for (const one of all(".at,[tabindex]", copy)) {
    one.classList.remove("at");
    one.removeAttribute("tabindex");
  }
  for (const one of all(".acts", copy)) one.remove();
  for (const one of all("[class='']", copy)) one.removeAttribute("class");
  return copy.innerHTML.replace(/\s+/g, " ");
}

const reach = (part) => all("a[href],button,summary,[tabindex]", part);
const nameOf = (one) => one.id || one.getAttribute("href") || one.getAttribute("aria-label") || one.textContent.trim();

/** Put what a fresh page has in the place of a part; true if it said something else. */
export function swap(part, fresh) {
  const counts = all("[data-left][data-spans]", part).length > 0;
  if (said(part) === said(fresh) && !counts) return false;
  const isNews = said(part) !== said(fresh);
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const place = focused && reach(part).indexOf(focused);
  const folds = all("details", part).map((one) => one.open);
  const scrolled = all("*", part)
    .filter((one) => one.scrollTop || one.scrollLeft)
    .map((one) => [one.className, one.scrollTop, one.scrollLeft]);
  part.className = fresh.className;
  part.replaceChildren(...fresh.childNodes);
  const now = all("details", part);
  if (now.length === folds.length) for (const [at, one] of now.entries()) one.open = folds[at];
  for (const [name, top, left] of scrolled) {
    const one = all("*", part).find((each) => each.className === name);
    if (one) Object.assign(one, { scrollTop: top, scrollLeft: left });
  }
  if (focused) {
    const there = reach(part);
    const same = there.find((one) => nameOf(one) === nameOf(focused)) ?? there[Math.min(place, there.length - 1)];
    same?.focus({ preventScroll: true });
  }
  document.dispatchEvent(new CustomEvent("clew:swapped", { detail: { part } }));
  return isNews;
}

/** Bring the rows of a list up to date where they stand; those that are new stay out, and so does what is gone. */
export function refresh(rows, fresh) {
  const known = new Map(fresh.map((row) => [row.dataset.href, row]));
  for (const row of rows) {
    const now = known.get(row.dataset.href);
    if (!now || now.cells.length !== row.cells.length || said(row) === said(now)) continue;
    for (const [at, cell] of [...row.cells].entries())
      if (!cell.classList.contains("pick") && said(cell) !== said(now.cells[at]))
        cell.replaceChildren(...[...now.cells[at].childNodes].map((one) => one.cloneNode(true)));
  }
}

/** What others have made of a form's values since the page was: said beside each field; taken over where nobody typed. */
export function meanwhile(form, fresh, words, told) {
  let count = 0;
  for (const was of all("input[name^='was-']", form)) {
    const now = $(`input[name="${CSS.escape(was.name)}"]`, fresh);
    if (!now || now.value === was.value) continue;
    const name = CSS.escape(was.name.slice(4));
    const input = all(`.field [name="f-${name}"], .field [name="${name}"]`, form)[0];
    const field = input?.closest(".field");
    if (!field) continue;
    const shown = $(`[name="${CSS.escape(input.name)}"]`, fresh);
    const value = shown?.selectedOptions?.[0]?.textContent.trim() ?? now.value;
    const isTouched = isChanged(input) || document.activeElement === input;
    $(".theirs", field)?.remove();
    const note = document.createElement("span");
    Object.assign(note, { className: "theirs", textContent: told(value || words.empty) });
    field.append(note);
    count += 1;
    if (isTouched || input.type === "checkbox") continue;
    input.value = shown?.value ?? now.value;
    was.value = now.value;
  }
  return count;
}
