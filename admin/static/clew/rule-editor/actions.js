// What the rule does: its actions, in order, and the facts it derives.
import { quoted, t } from "../shared/language.js";
import { addAction, addFact, copyAction, dropAction, moveAction, removeAction, replaceAction } from "./action-edits.js";
import { argumentsOf } from "./arguments.js";
import { derivedFacts } from "./derived.js";
import { h } from "./dom.js";
import { combobox } from "./picker.js";
import { addButton, copyTool, removeTool, row } from "./rows.js";
import { isMapping } from "./tree.js";

/** The list of actions at `then`. */
export function actions(ctx, rows) {
  const list = ctx.store.doc.then ?? [];
  const adds = [
    addButton(t("加动作", "Add an action"), () => ctx.store.change((doc) => addAction(doc)), "then:add"),
    addButton(t("认定一个事实", "Derive a fact"), () => ctx.store.change(addFact), "derive:add"),
  ];
  return h(
    "div",
    { class: "re-actions", data: { path: "then" } },
    list.map((one, index) => action(ctx, one, index, rows)),
    derivedFacts(ctx),
    ctx.readOnly ? null : h("div", { class: "re-adds" }, adds),
  );
}

/** The name of a well-formed action, else null: such a one only the YAML can change. */
function nameOf(item) {
  if (!isMapping(item)) return null;
  const names = Object.keys(item);
  return names.length === 1 && isMapping(item[names[0]]) ? names[0] : null;
}

function action(ctx, item, index, rows) {
  const path = `then[${index}]`,
    name = nameOf(item),
    first = isMapping(item) ? Object.keys(item)[0] : "";
  const spec = ctx.words.actions.get(first),
    title = spec?.title || first || t("新动作", "New action"),
    label = quoted(title);
  const shared = { path, kind: "then", ...ordering(ctx, index) };
  const removing = removeTool(label, () => ctx.store.change((doc) => removeAction(doc, index)));
  if (name === null) {
    const raw = h("code", { class: "re-raw" }, JSON.stringify(item));
    return row(ctx, { ...shared, label, controls: raw, tools: [removing] });
  }
  const args = argumentsOf(ctx, { spec, args: item[name], at: `${path}.${name}`, path, rows });
  return row(ctx, {
    ...shared,
    label: t(`动作 ${index + 1}：${title}`, `Action ${index + 1}: ${title}`),
    controls: [picker(ctx, path, index, name), h("div", { class: "re-args" }, args)],
    tools: [copyTool(label, () => ctx.store.change((doc) => copyAction(doc, index))), removing],
  });
}

function picker(ctx, path, index, name) {
  return combobox({
    key: `${path}:action`,
    path,
    label: t("动作", "Action"),
    value: name,
    options: [...ctx.words.actions.values()].map((one) => ({ value: one.name, label: one.title })),
    pick: (chosen) => ctx.store.change((doc) => replaceAction(doc, index, chosen, ctx.words.actions.get(chosen))),
    placeholder: t("选动作", "Choose an action"),
    readOnly: ctx.readOnly,
    className: "re-action",
  });
}

function ordering(ctx, index) {
  const by = { ArrowUp: -1, ArrowDown: 1 };
  const moved = (how, role) =>
    ctx.store.change((doc) => {
      const at = how(doc);
      return at && at + role;
    });
  return {
    move: (key, role) => {
      if (key in by) moved((doc) => moveAction(doc, index, index + by[key]), role);
    },
    drop: (from, after) => moved((doc) => dropAction(doc, Number(/\d+/.exec(from)[0]), index, after), ":handle"),
    add: () => ctx.store.change((doc) => addAction(doc, index + 1)),
  };
}
