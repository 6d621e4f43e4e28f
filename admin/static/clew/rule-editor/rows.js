// Rows that can be dragged and moved by keyboard: what conditions and actions share.
import { t } from "../shared/language.js";
import { h, icon, iconButton } from "./dom.js";

let dragged = null;

/** A row: its handle, its controls, its tools. Alt with an arrow moves it, Ctrl Enter adds one after it. */
export function row(ctx, { path, kind, label, lead = null, controls, tools = [], move, drop, add, drags = true }) {
  const handle =
    ctx.readOnly || !drags
      ? null
      : h(
          "button",
          {
            type: "button",
            class: "re-handle",
            draggable: "true",
            "aria-label": t(`${label}：按 Alt 加方向键移动`, `${label}: Alt and an arrow moves it`),
            title: t("拖动，或按 Alt ↑ ↓ ← →", "Drag, or Alt ↑ ↓ ← →"),
            data: { key: `${path}:handle` },
          },
          icon("grip"),
        );
  const el = h(
    "div",
    { class: "re-row", role: "group", "aria-label": label, data: { row: path } },
    handle,
    lead,
    h("div", { class: "re-controls" }, controls),
    ctx.readOnly ? null : h("div", { class: "re-tools" }, tools),
    h("p", { class: "re-fault small late", hidden: true, data: { fault: path } }),
  );
  if (ctx.readOnly) return el;
  el.addEventListener("keydown", (event) => {
    if (event.altKey && event.key.startsWith("Arrow")) {
      event.preventDefault();
      event.stopPropagation();
      const role = event.target.dataset?.key?.startsWith(path)
        ? event.target.dataset.key.slice(path.length)
        : ":handle";
      move(event.key, role);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && add) {
      event.preventDefault();
      event.stopPropagation();
      add();
    }
  });
  handle?.addEventListener("dragstart", (event) => {
    dragged = { path, kind };
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", path);
    event.dataTransfer.setDragImage(el, 12, 12);
    el.classList.add("dragged");
  });
  handle?.addEventListener("dragend", () => {
    dragged = null;
    el.classList.remove("dragged");
  });
  const side = (event) => {
    const box = el.getBoundingClientRect();
    return event.clientY > box.top + box.height / 2;
  };
  const clear = () => el.classList.remove("drop-before", "drop-after");
  el.addEventListener("dragover", (event) => {
    if (!dragged || dragged.kind !== kind || dragged.path === path) return;
    event.preventDefault();
    event.stopPropagation();
    clear();
    el.classList.add(side(event) ? "drop-after" : "drop-before");
  });
  el.addEventListener("dragleave", clear);
  el.addEventListener("drop", (event) => {
    clear();
    if (!dragged || dragged.kind !== kind || dragged.path === path) return;
    event.preventDefault();
    event.stopPropagation();
    drop(dragged.path, side(event));
  });
  return el;
}

export const removeTool = (label, act) => iconButton("x", t(`删除：${label}`, `Remove: ${label}`), act);
export const copyTool = (label, act) =>
  iconButton("copy", t(`复制：${label}`, `Duplicate: ${label}`), act, { class: "icon-button re-tool re-quiet" });
export const addButton = (words, act, key) =>
  h("button", { type: "button", class: "re-add", data: { key }, on: { click: act } }, icon("plus"), words);

/** What is drawn in place of a part that the form can't read. */
export const unreadable = () => [
  h(
    "p",
    { class: "re-unreadable" },
    icon("alert-triangle"),
    t(
      "这一部分表单读不了，内容没有丢；请在 YAML 里改。",
      "The form can't read this part. Nothing is lost: change it in the YAML.",
    ),
  ),
];
