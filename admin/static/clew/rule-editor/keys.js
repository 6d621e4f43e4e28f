// The keyboard's ways: undo, redo, save, and F6 from part to part; all are listed under "?".
import { t } from "../shared/language.js";
import { h } from "./dom.js";
import { meant } from "./shortcuts.js";

const PARTS = [
  "#rule-editor .re-part[tabindex='0']",
  "[data-slot=form] :is(input,select,textarea), .re-yaml",
  "[data-slot=checks] button",
  "[data-key='trial:record']",
  "[data-act=submit]",
];

export function listen({ store, saving, readOnly, typesYaml }) {
  const acts = {
    on: () => step(1),
    back: () => step(-1),
    ...(readOnly ? {} : { undo: () => store.undo(), redo: () => store.redo(), save: () => saving.flush() }),
  };
  document.addEventListener("keydown", (event) => {
    const what = meant(event),
      ownWay = typesYaml() && what !== "on" && what !== "back";
    if (!acts[what] || ownWay || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    acts[what]();
  });
  document.querySelector("#keys dl")?.append(
    ...[
      ["Ctrl Z · Ctrl Y", t("撤销、重做", "Undo, redo")],
      ["F6", t("整句、表单、检查、试算、提交之间走", "From sentence to form, checks, dry run, sending")],
      ["Alt ↑ ↓", t("移动条件或动作", "Move a condition or action")],
      ["Alt ← →", t("移出、移入条件组", "Out of a group, into one")],
      ["Ctrl Enter", t("在下面加一条", "Add one below")],
    ].flatMap(([keys, words]) => [h("dt", {}, keys), h("dd", {}, words)]),
  );
}

/** Go to the next part that is there; the form's first control, or the one that is nearest in reading order. */
function step(by) {
  const parts = PARTS.map((one) => document.querySelector(one)).filter((el) => el && el.offsetParent !== null);
  const here = document.activeElement,
    holders = parts.map((el) => el.closest("[data-slot]"));
  const now = holders.findIndex((holder) => holder.contains(here));
  parts[(now + by + parts.length) % parts.length]?.focus();
}
