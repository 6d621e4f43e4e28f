// The keys of every page; single keys rest while typing.
import { $, all } from "../shared/find.js";
import { find } from "./finder.js";
import { isSearch, meant } from "./shortcuts.js";
import { areOn } from "./single-keys.js";

// Asked for anew each time: a list that changes elsewhere is swapped under us.
const rows = () => all("tr[data-href]");
const here = () => $("tr.at[data-href]");
let last = -1,
  jumping = false;

const acts = {
  jump: () => {
    jumping = true;
  },
  go: (to) => {
    location.href = to;
  },
  move: (by) => {
    const every = rows();
    if (!every.length) return;
    const row = here();
    const from = row ? every.indexOf(row) : last;
    row?.classList.remove("at");
    last = Math.max(0, Math.min(every.length - 1, from + by));
    every[last].classList.add("at");
    // The focus goes along, so that Tab goes on from here and screen readers say the row.
    $("a.name, a", every[last])?.focus({ preventScroll: true });
    every[last].scrollIntoView({ block: "nearest" });
  },
  open: () => {
    const row = here();
    if (row) location.href = row.dataset.href;
  },
  edit: () => {
    const to = here()?.dataset.edit ?? $("main a[data-key=e]")?.href;
    if (to) location.href = to;
  },
  press: (name) => $(`main [data-key=${name}]`)?.click(),
  assign: () => {
    const pick = $("tr.at input[name=rowid]");
    if (pick && !$("input[name=rowid]:checked")) pick.click();
    acts.press("a");
  },
  why: () => $("[data-why]", here() ?? $("[data-item].at") ?? $("main"))?.click(),
  // A toast is the last thing on a page: too far to Tab to while it stands.
  undo: () => all(".toast .undo").at(-1)?.click(),
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
