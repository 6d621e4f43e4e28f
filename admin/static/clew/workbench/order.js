// Today's order by keys: J and K move, L opens the row's form, Ctrl Enter saves it. Without scripts the links do it.
import { $, all } from "../shared/find.js";

let items = all("[data-item]");
let at = items.findIndex((one) => one.classList.contains("open"));
let jumping = false;

function moveTo(place) {
  if (!items.length) return;
  items[at]?.classList.remove("at");
  at = Math.max(0, Math.min(items.length - 1, place));
  items[at].classList.add("at");
  items[at].focus({ preventScroll: true });
  items[at].scrollIntoView({ block: "nearest" });
}

function open(item, on = true) {
  const form = $("form.log", item),
    button = $("[data-log]", item);
  if (!form) return;
  for (const other of on ? all("[data-item].open") : []) if (other !== item) open(other, false);
  form.hidden = !on;
  item.classList.toggle("open", on);
  button.setAttribute("aria-expanded", String(on));
  if (on) $("textarea", form).focus();
  else button.focus();
}

function wire(item, place) {
  $("[data-log]", item)?.addEventListener("click", (event) => {
    event.preventDefault();
    at = place;
    open(item, $("form.log", item).hidden);
  });
  $("form.log", item)?.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.currentTarget.requestSubmit($("button[name=on]", event.currentTarget));
    }
    if (event.key === "Escape") open(item, false);
  });
}
for (const [place, item] of items.entries()) wire(item, place);
document.addEventListener("clew:swapped", ({ detail }) => {
  if (!$("[data-item]", detail.part)) return;
  items = all("[data-item]");
  at = -1;
  for (const [place, item] of items.entries()) if (detail.part.contains(item)) wire(item, place);
});
if (at >= 0) $("textarea", items[at])?.focus();

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input,textarea,select,dialog")) return;
  const key = event.key.toLowerCase();
  // After g a letter jumps to a page; see the keys of every page.
  if (jumping || key === "g") {
    jumping = key === "g" && !jumping;
    return;
  }
  if (key === "j") moveTo(at + 1);
  else if (key === "k") moveTo(at - 1);
  else if (key === "l" && items[Math.max(at, 0)]) {
    event.preventDefault();
    at = Math.max(at, 0);
    open(items[at]);
  }
});
