// The keys of every page; single keys rest while typing.
import { $, all } from "../shared/find.js";
import { find } from "./finder.js";
import { isSearch, meant } from "./shortcuts.js";
import { areOn } from "./single-keys.js";

const rows = all("tr[data-href]");
let at = -1,
  jumping = false;

const acts = {
  jump: () => {
    jumping = true;
  },
  go: (to) => {
    location.href = to;
  },
  move: (by) => {
    if (!rows.length) return;
    rows[at]?.classList.remove("at");
    at = Math.max(0, Math.min(rows.length - 1, at + by));
    rows[at].classList.add("at");
    // The focus goes along, so that Tab goes on from here and screen readers say the row.
    $("a.name, a", rows[at])?.focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "nearest" });
  },
  open: () => {
    if (at >= 0) location.href = rows[at].dataset.href;
  },
  edit: () => {
    const to = rows[at]?.dataset.edit ?? $("main a[data-key=e]")?.href;
    if (to) location.href = to;
  },
  press: (name) => $(`main [data-key=${name}]`)?.click(),
  assign: () => {
    const pick = $("tr.at input[name=rowid]");
    if (pick && !$("input[name=rowid]:checked")) pick.click();
    acts.press("a");
  },
  find: (event) => {
    event.preventDefault();
    const box = $("[data-find]");
    if (box) box.focus();
    else find();
  },
  help: () => $("#keys")?.showModal(),
};
document.addEventListener("keydown", (event) => {
  if (isSearch(event)) {
    event.preventDefault();
    find();
    return;
  }
  const hasModifier = event.ctrlKey || event.metaKey || event.altKey;
  if (hasModifier || event.isComposing || !areOn()) return;
  if (event.target.closest("input:not([type=checkbox],[type=radio]),textarea,select,dialog,[contenteditable]")) return;
  if (event.key === "Enter" && event.target.closest("a,button,summary,input,label")) return;
  const [act, ...rest] = meant(event, jumping) ?? [];
  jumping = false;
  acts[act]?.(...rest, event);
});
