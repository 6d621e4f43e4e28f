// The condition builder: comparisons and groups, nested as deep as people can follow.
import { t } from "../shared/language.js";
import { comparison, ordering } from "./comparison.js";
import { h } from "./dom.js";
import { choice } from "./picker.js";
import { addButton, copyTool, removeTool, row } from "./rows.js";
import { get, set } from "./store.js";
import { blank, core, duplicate, isMapping, itemsOf, rearrange, remove, rootItems } from "./tree.js";

const KINDS = () => [
  { value: "all", label: t("以下全部成立", "all of these hold") },
  { value: "any", label: t("以下任意一条成立", "any of these holds") },
  { value: "not any", label: t("以下都不成立", "none of these holds") },
  { value: "not all", label: t("以下不全成立", "not all of these hold") },
];

/** The list of conditions at `base`; `rows` maps related records' names to their collections. */
export function conditions(ctx, base, rows = {}) {
  const items = rootItems(ctx.store.doc, base);
  const act = (how, path, options) =>
    ctx.store.change((doc) => {
      const at = rearrange(doc, base, path, how);
      return at ? `${at}:field` : `${base}:add`;
    }, options);
  const scope = { base, rows, act };
  return h(
    "div",
    { class: "re-conditions", data: { path: base } },
    items.length
      ? items.map(({ item, path }, index) => node(ctx, scope, item, path, index ? "all" : ""))
      : h(
          "p",
          { class: "muted small re-none" },
          base === "when"
            ? t("没有条件：每次触发都执行。", "No condition: it acts every time.")
            : t("不限：任何一条都算。", "Any of them counts."),
        ),
    ctx.readOnly
      ? null
      : h(
          "div",
          { class: "re-adds" },
          addButton(
            t("加条件", "Add a condition"),
            () =>
              act((_, __, list) => {
                const made = blank();
                list.push(made);
                return made;
              }, null),
            `${base}:add`,
          ),
          addButton(
            t("加一组「任意成立」", "Add an “any of” group"),
            () =>
              act((_, __, list) => {
                const made = { any: [blank(), blank()] };
                list.push(made);
                return made;
              }, null),
            `${base}:add-any`,
          ),
        ),
  );
}

function node(ctx, scope, item, path, joined) {
  const { inner, nots } = core(item);
  if (itemsOf(item) && nots < 2) return group(ctx, scope, item, path, joined);
  if (isMapping(inner) && ("field" in inner || "derived" in inner) && nots < 2)
    return comparison(ctx, scope, item, path, joined);
  const label = t("只能在 YAML 里改的条件", "A condition that only the YAML can change");
  return row(ctx, {
    path,
    kind: scope.base,
    label,
    controls: h("code", { class: "re-raw" }, JSON.stringify(item)),
    tools: [removeTool(label, () => scope.act(remove, path))],
    ...ordering(ctx, scope, path),
  });
}

function group(ctx, scope, item, path, joined) {
  const { inner, nots } = core(item),
    kind = Array.isArray(inner.all) ? "all" : "any";
  const listPath = `${path}${".not".repeat(nots)}.${kind}`,
    now = nots ? `not ${kind}` : kind;
  const label = t("条件组", "Group of conditions");
  const turn = (chosen) =>
    ctx.store.change((doc) => {
      const list = itemsOf(get(doc, path)),
        wanted = { [chosen.endsWith("any") ? "any" : "all"]: list };
      set(doc, path, chosen.startsWith("not") ? { not: wanted } : wanted);
      return `${path}:group`;
    });
  const controls = h(
    "div",
    { class: "re-group-box" },
    h(
      "div",
      { class: "re-group-head" },
      h("span", { class: "muted small" }, joined ? t("并且，", "and ") : ""),
      choice({
        key: `${path}:group`,
        path,
        label: t("这一组怎样成立", "How this group holds"),
        value: now,
        options: KINDS(),
        pick: turn,
        readOnly: ctx.readOnly,
        className: "re-bare",
      }),
    ),
    inner[kind].map((one, index) => node(ctx, scope, one, `${listPath}[${index}]`, index ? kind : "")),
    ctx.readOnly
      ? null
      : h(
          "div",
          { class: "re-adds" },
          addButton(
            t("加条件", "Add a condition"),
            () =>
              scope.act((found) => {
                const made = blank();
                itemsOf(found).push(made);
                return made;
              }, path),
            `${listPath}:add`,
          ),
          addButton(
            t("加一组", "Add a group"),
            () =>
              scope.act((found) => {
                const made = { [kind === "any" ? "all" : "any"]: [blank()] };
                itemsOf(found).push(made);
                return made;
              }, path),
            `${listPath}:add-group`,
          ),
        ),
  );
  const el = row(ctx, {
    path,
    kind: scope.base,
    label,
    controls,
    tools: [copyTool(label, () => scope.act(duplicate, path)), removeTool(label, () => scope.act(remove, path))],
    ...ordering(ctx, scope, path),
  });
  el.classList.add("re-is-group");
  return el;
}
