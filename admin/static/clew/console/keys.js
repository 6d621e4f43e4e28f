// The keys of every page; single keys rest while typing.
import { $, all } from "../shared/find.js";
import { find } from "./finder.js";
import { isSearch, meant } from "./shortcuts.js";

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
    rows[at].scrollIntoView({ block: "nearest" });
  },
  open: () => {
    if (at >= 0) location.href = rows[at].dataset.href;
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
  if (hasModifier || event.target.closest("input,textarea,select,dialog")) return;
  const [act, ...rest] = meant(event, jumping) ?? [];
  jumping = false;
  acts[act]?.(...rest, event);
});
