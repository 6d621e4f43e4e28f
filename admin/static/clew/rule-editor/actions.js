// What the rule does: actions with their arguments, in order, and the facts it derives.
import { h, quoted, t, uid } from "./dom.js";
import { choice, combobox } from "./picker.js";
import { addButton, copyTool, removeTool, row } from "./rows.js";
import { clone, get } from "./store.js";
import { isMapping } from "./tree.js";
import { numberInput, single, textInput } from "./values.js";

const LONG = new Set(["message", "body", "reason", "purpose"]);

/** The list of actions at `then`. */
export function actions(ctx, rows) {
  const list = ctx.store.doc.then ?? [];
  return h(
    "div",
    { class: "re-actions", data: { path: "then" } },
    list.length ? list.map((one, index) => action(ctx, one, index, list.length, rows)) : null,
    derived(ctx),
    ctx.readOnly
      ? null
      : h(
          "div",
          { class: "re-adds" },
          addButton(
            t("加动作", "Add an action"),
            () =>
              ctx.store.change((doc) => {
                (doc.then ??= []).push({ "": {} });
                return `then[${doc.then.length - 1}]:action`;
              }),
            "then:add",
          ),
          addButton(
            t("认定一个事实", "Derive a fact"),
            () =>
              ctx.store.change((doc) => {
                let name = "fact";
                for (let n = 2; name in (doc.derive ?? {}); n += 1) name = `fact_${n}`;
                doc.derive = { ...doc.derive, [name]: "" };
                return `derive.${name}:name`;
              }),
            "derive:add",
          ),
        ),
  );
}

function shifted(ctx, from, to) {
  return (doc) => {
    if (to < 0 || to >= doc.then.length) return null;
    const [moved] = doc.then.splice(from, 1);
    doc.then.splice(to, 0, moved);
    return `then[${to}]`;
  };
}

function action(ctx, item, index, count, rows) {
  const path = `then[${index}]`,
    name = isMapping(item) ? (Object.keys(item)[0] ?? "") : null;
  const spec = ctx.words.actions.get(name),
    title = spec?.title || name || t("新动作", "New action"),
    label = quoted(title);
  const removing = removeTool(label, () =>
    ctx.store.change((doc) => {
      doc.then.splice(index, 1);
      return doc.then.length ? `then[${Math.min(index, doc.then.length - 1)}]:action` : "then:add";
    }),
  );
  const order = {
    move: (key, role) => {
      if (key === "ArrowUp" || key === "ArrowDown")
        ctx.store.change((doc) => {
          const at = shifted(ctx, index, index + (key === "ArrowUp" ? -1 : 1))(doc);
          return at && at + role;
        });
    },
    drop: (from, after) =>
      ctx.store.change((doc) => {
        const was = Number(/\d+/.exec(from)[0]);
        const at = shifted(ctx, was, index + (after ? 1 : 0) - (was < index + (after ? 1 : 0) ? 1 : 0))(doc);
        return at && `${at}:handle`;
      }),
    add: () =>
      ctx.store.change((doc) => {
        doc.then.splice(index + 1, 0, { "": {} });
        return `then[${index + 1}]:action`;
      }),
  };
  if (name === null || !isMapping(item[name]) || Object.keys(item).length !== 1)
    return row(ctx, {
      path,
      kind: "then",
      label,
      controls: h("code", { class: "re-raw" }, JSON.stringify(item)),
      tools: [removing],
      ...order,
    });
  const pick = (chosen) =>
    ctx.store.change((doc) => {
      const had = doc.then[index][name],
        known = ctx.words.actions.get(chosen),
        args = {};
      for (const arg of known?.args || [])
        if (arg.name in had && (!arg.options.length || arg.options.includes(had[arg.name])))
          args[arg.name] = had[arg.name];
      for (const arg of known?.args || [])
        if (arg.required && !(arg.name in args))
          args[arg.name] = arg.kind === "texts" ? [] : arg.kind === "number" ? null : (arg.options[0] ?? "");
      for (const some of known?.one_of || []) if (!some.some((one) => one in args)) args[some[0]] = "";
      doc.then[index] = { [chosen]: args };
      return `${path}:action`;
    });
  const picker = combobox({
    key: `${path}:action`,
    path,
    label: t("动作", "Action"),
    value: name,
    options: [...ctx.words.actions.values()].map((one) => ({ value: one.name, label: one.title })),
    pick,
    placeholder: t("选动作", "Choose an action"),
    readOnly: ctx.readOnly,
    className: "re-action",
  });
  const el = row(ctx, {
    path,
    kind: "then",
    label: t(`动作 ${index + 1}：${title}`, `Action ${index + 1}: ${title}`),
    controls: [picker, h("div", { class: "re-args" }, argsOf(ctx, spec, item[name], `${path}.${name}`, path, rows))],
    tools: [
      copyTool(label, () =>
        ctx.store.change((doc) => {
          doc.then.splice(index + 1, 0, clone(doc.then[index]));
          return `then[${index + 1}]:action`;
        }),
      ),
      removing,
    ],
    ...order,
  });
  return el;
}

function argsOf(ctx, spec, args, at, path, rows) {
  const found = [],
    left = [],
    alternatives = (spec?.one_of || []).filter((some) => some.length > 1),
    inSet = new Set(alternatives.flat());
  for (const some of alternatives) {
    const used = some.find((one) => one in args) ?? some[0],
      arg = spec.args.find((one) => one.name === used);
    const pick = (chosen) =>
      ctx.store.change((doc) => {
        const here = get(doc, at);
        for (const one of some) delete here[one];
        here[chosen] = "";
        return `${path}:${chosen}`;
      });
    found.push(
      labelled(
        h(
          "span",
          { class: "re-which" },
          choice({
            key: `${path}:which-${some[0]}`,
            label: t("按什么指定", "By"),
            value: used,
            options: some.map((one) => ({ value: one, label: spec.args.find((each) => each.name === one).title })),
            pick,
            readOnly: ctx.readOnly,
            className: "re-bare",
          }),
        ),
        argument(ctx, arg, args, at, path, rows),
        arg,
      ),
    );
  }
  for (const arg of spec?.args || []) {
    if (inSet.has(arg.name)) continue;
    if (!arg.required && !(arg.name in args)) {
      left.push(arg);
      continue;
    }
    found.push(
      labelled(h("span", { class: "re-label small muted" }, arg.title), argument(ctx, arg, args, at, path, rows), arg),
    );
  }
  const known = new Set((spec?.args || []).map((one) => one.name));
  for (const [name, value] of Object.entries(args)) {
    if (known.has(name)) continue;
    found.push(
      labelled(
        h("span", { class: "re-label small muted" }, name),
        typeof value === "string"
          ? textInput(ctx, {
              key: `${path}:${name}`,
              path: `${at}.${name}`,
              label: name,
              value,
              put: (one, how) => ctx.store.put(`${at}.${name}`, one, how),
            })
          : h("code", { class: "re-raw" }, JSON.stringify(value)),
        { name },
      ),
    );
  }
  if (left.length && !ctx.readOnly)
    found.push(
      h(
        "div",
        { class: "re-optional" },
        left.map((arg) =>
          addButton(
            arg.title,
            () =>
              ctx.store.put(
                `${at}.${arg.name}`,
                arg.kind === "number" ? null : arg.kind === "texts" ? [] : (arg.options[0] ?? ""),
                { focus: `${path}:${arg.name}` },
              ),
            `${path}:add-${arg.name}`,
          ),
        ),
      ),
    );
  return found;
}
const labelled = (head, control, arg) =>
  h("div", { class: `re-arg ${LONG.has(arg.name) || arg.kind === "texts" ? "re-wide" : ""}` }, head, control);

function argument(ctx, arg, args, at, path, rows) {
  const value = args[arg.name],
    where = `${at}.${arg.name}`,
    key = `${path}:${arg.name}`;
  const put = (one, how) => ctx.store.put(where, !arg.required && (one === "" || one === null) ? undefined : one, how);
  const asked = { key, path: where, label: arg.title, value, put };
  if (arg.kind === "number")
    return numberInput(ctx, {
      ...asked,
      unit:
        /minutes|warn/.test(arg.name) && !/分钟|minute/.test(arg.title) ? t("分钟 · 工作时间", "working minutes") : "",
    });
  if (arg.kind === "texts") return lines(ctx, asked);
  if (arg.kind === "field") {
    const offers = arg.suggestions.length
      ? [...new Set([...arg.suggestions, ...(value ? [value] : [])])].map((one) => ({
          value: one,
          label: ctx.words.type(one)?.title || one,
          group: ctx.words.type(one)?.group,
        }))
      : ctx.words.facts(ctx.store.doc, {}, { derived: false });
    return combobox({ ...asked, options: offers, readOnly: ctx.readOnly, pick: (one) => put(one) });
  }
  if (arg.kind === "scalar") return single(ctx, ctx.words.type(args.field), asked);
  if (arg.options.length && !arg.prefixes.length)
    return choice({
      ...asked,
      options: [
        ...(arg.required ? [] : [{ value: "", label: t("不指定", "Unset") }]),
        ...ctx.words.labelled(arg, arg.options),
      ],
      value: value ?? "",
      readOnly: ctx.readOnly,
      pick: (one) => put(one),
    });
  const offers = ctx.words.labelled(arg, [...new Set([...arg.options, ...arg.suggestions])]);
  if (offers.length)
    return combobox({
      ...asked,
      options: offers,
      free: !arg.options.length || arg.prefixes.length > 0,
      readOnly: ctx.readOnly,
      pick: (one) => put(one),
    });
  return template(ctx, asked, arg, rows);
}

/** A text with {facts} in it: a picker puts them in, and the trial's record shows how it reads. */
function template(ctx, asked, arg, rows) {
  const input = textInput(ctx, { ...asked, long: LONG.has(arg.name) });
  if (ctx.readOnly) return input;
  const insert = (name) => {
    const from = input.selectionStart ?? input.value.length,
      to = input.selectionEnd ?? from;
    input.setRangeText(`{${name}}`, from, to, "end");
    asked.put(input.value, { quiet: true });
    open.hidden = false;
    picker.hidden = true;
    input.focus();
  };
  const picker = h("span", { hidden: true, class: "re-insert" });
  const open = h(
    "button",
    {
      type: "button",
      class: "re-swap small",
      id: uid("insert"),
      on: {
        click: () => {
          picker.replaceChildren(
            combobox({
              label: t("插入哪个字段", "Which field to insert"),
              value: "",
              options: ctx.words.facts(ctx.store.doc, rows),
              placeholder: t("查找字段", "Find a field"),
              pick: insert,
            }),
          );
          picker.hidden = false;
          open.hidden = true;
          picker.querySelector("input").focus();
        },
      },
    },
    t("＋字段", "+ field"),
  );
  return h(
    "div",
    { class: "re-template" },
    input,
    open,
    picker,
    h("p", { class: "small muted re-rendered", hidden: true, data: { rendered: asked.path } }),
  );
}

function lines(ctx, asked) {
  const items = Array.isArray(asked.value) ? asked.value : [];
  if (items.some((one) => typeof one !== "string" || one.includes("\n")))
    return h("code", { class: "re-raw" }, JSON.stringify(asked.value));
  const el = h("textarea", {
    class: "re-input",
    rows: Math.max(3, items.length + 1),
    "aria-label": t(`${asked.label}，一行一条`, `${asked.label}, one a line`),
    readOnly: ctx.readOnly,
    data: { key: asked.key, path: asked.path },
    on: {
      input: () =>
        asked.put(
          el.value.split("\n").filter((one) => one.trim()),
          { quiet: true },
        ),
    },
  });
  el.value = items.join("\n");
  return el;
}

function derived(ctx) {
  const facts = ctx.store.doc.derive;
  if (!isMapping(facts)) return null;
  return Object.entries(facts).map(([name, value]) => {
    const path = `derive.${name}`,
      label = t(`认定事实「${name}」`, `Derived fact “${name}”`);
    const rename = (next) =>
      ctx.store.change((doc) => {
        doc.derive = Object.fromEntries(
          Object.entries(doc.derive).map(([key, one]) => [key === name ? next : key, one]),
        );
        return `derive.${next}:value`;
      });
    const input = h("input", {
      type: "text",
      class: "re-input",
      "aria-label": t("事实的名称（小写字母与下划线）", "Name of the fact (lower case, underscores)"),
      readOnly: ctx.readOnly,
      data: { key: `${path}:name`, path },
      on: {
        change: () => {
          if (input.value.trim() && !(input.value.trim() in facts)) rename(input.value.trim());
          else input.value = name;
        },
      },
    });
    input.value = name;
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
          input,
          h("span", { class: "muted" }, t("为", "as")),
          single(ctx, null, {
            key: `${path}:value`,
            path,
            label: t(`${name}的值`, `Value of ${name}`),
            value,
            put: (one, how) =>
              ctx.store.change(
                (doc) => {
                  doc.derive[name] = one;
                },
                { key: path, ...how },
              ),
          }),
        ),
      ],
      tools: [
        removeTool(label, () =>
          ctx.store.change((doc) => {
            delete doc.derive[name];
            if (!Object.keys(doc.derive).length) delete doc.derive;
            return "derive:add";
          }),
        ),
      ],
      move: () => {},
      drop: () => {},
    });
  });
}
