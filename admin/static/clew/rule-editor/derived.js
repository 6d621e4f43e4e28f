// The facts a rule derives: a name, and what it stands for.
import { t } from "../shared/language.js";
import { removeFact, renameFact } from "./action-edits.js";
import { h } from "./dom.js";
import { removeTool, row } from "./rows.js";
import { isMapping } from "./tree.js";
import { single } from "./values.js";

export function derivedFacts(ctx) {
  const facts = ctx.store.doc.derive;
  return isMapping(facts) ? Object.entries(facts).map(([name, value]) => derivedFact(ctx, facts, name, value)) : null;
}

function derivedFact(ctx, facts, name, value) {
  const path = `derive.${name}`,
    label = t(`认定事实「${name}」`, `Derived fact “${name}”`);
  const put = (one, how) =>
    ctx.store.change(
      (doc) => {
        doc.derive[name] = one;
      },
      { key: path, ...how },
    );
  const asked = { key: `${path}:value`, path, label: t(`${name}的值`, `Value of ${name}`), value, put };
  return row(ctx, {
    path,
    kind: "derive",
    drags: false,
    label,
    controls: [
      h("span", { class: "re-action muted" }, t("认定事实", "Derive the fact")),
      h(
        "span",
        { class: "re-pair" },
        nameInput(ctx, facts, name, path),
        h("span", { class: "muted" }, t("为", "as")),
        single(ctx, null, asked),
      ),
    ],
    tools: [removeTool(label, () => ctx.store.change((doc) => removeFact(doc, name)))],
    move: () => {},
    drop: () => {},
  });
}

function nameInput(ctx, facts, name, path) {
  const input = h("input", {
    type: "text",
    class: "re-input",
    "aria-label": t("事实的名称（小写字母与下划线）", "Name of the fact (lower case, underscores)"),
    readOnly: ctx.readOnly,
    data: { key: `${path}:name`, path },
    on: {
      change: () => {
        const next = input.value.trim();
        if (next && !(next in facts)) ctx.store.change((doc) => renameFact(doc, name, next));
        else input.value = name;
      },
    },
  });
  input.value = name;
  return input;
}
