// The form: when the rule looks, what must hold, what it does, and everything about it.

import { t } from "../shared/language.js";
import { about } from "./about.js";
import { actions } from "./actions.js";
import { conditions } from "./conditions.js";
import { h } from "./dom.js";
import { rowsOf } from "./match-edits.js";
import { matches } from "./matches.js";
import { combobox } from "./picker.js";
import { addButton, removeTool, unreadable } from "./rows.js";
import { isMapping } from "./tree.js";

/** Draw the whole form; a part that can't be shown says so, and the others stay usable. */
export function drawForm(ctx) {
  const rows = rowsOf(ctx.store.doc);
  const parts = [
    section("trigger", t("什么时候看", "When it looks"), t("触发", "trigger"), () => trigger(ctx)),
    section(
      "when",
      t("满足什么条件", "What must hold"),
      t("从上到下，可拖动排序", "top to bottom; drag to order"),
      () => [
        ...(isMapping(ctx.store.doc.when ?? {}) ? [conditions(ctx, "when", rows)] : unreadable()),
        matches(ctx, rows),
      ],
    ),
    section("then", t("然后做什么", "What it does"), t("按顺序执行", "in this order"), () =>
      Array.isArray(ctx.store.doc.then ?? []) ? actions(ctx, rows) : unreadable(),
    ),
  ];
  // A new rule begins with its name.
  return ctx.startedNew ? [about(ctx), ...parts] : [...parts, about(ctx)];
}

function section(name, title, hint, draw) {
  let inside;
  try {
    inside = draw();
  } catch (error) {
    console.warn("rule editor:", name, error.message);
    inside = unreadable();
  }
  return h(
    "section",
    { class: "re-section", "aria-label": title, data: { part: name } },
    h("h2", {}, title, " ", h("span", { class: "muted small" }, hint)),
    inside,
    h("p", { class: "re-fault small late", hidden: true, data: { fault: name } }),
  );
}

function trigger(ctx) {
  const value = ctx.store.doc.trigger,
    names = Array.isArray(value) ? value : [value ?? ""];
  const options = ctx.words.vocabulary.triggers.map((one) => ({ value: one.name, label: one.title, hint: one.name }));
  const put = (next, focus) =>
    ctx.store.put("trigger", next.length === 1 && !Array.isArray(value) ? next[0] : next, { focus });
  return h(
    "div",
    { class: "re-trigger" },
    names.map((name, index) =>
      h(
        "span",
        { class: "re-pair" },
        index ? h("span", { class: "muted" }, t("或", "or")) : null,
        combobox({
          key: `trigger:${index}`,
          path: "trigger",
          label: t("触发事件", "Event"),
          value: name,
          options,
          placeholder: t("选一个时机", "Choose an event"),
          readOnly: ctx.readOnly,
          pick: (one) =>
            put(
              names.map((old, at) => (at === index ? one : old)),
              `trigger:${index}`,
            ),
        }),
        index && !ctx.readOnly
          ? removeTool(t("触发事件", "event"), () =>
              put(
                names.filter((_, at) => at !== index),
                "trigger:0",
              ),
            )
          : null,
      ),
    ),
    ctx.readOnly || !names[0]
      ? null
      : addButton(
          t("再加一个时机", "Another event"),
          () => put([...names, ""], `trigger:${names.length}`),
          "trigger:add",
        ),
  );
}
