// The grid and what stands around it, drawn from the state.
import { changed, el, icon, inputs, isPinned, lastRow, letter, part, slot, state, t, textAt, width } from "./state.js";

const any = (text) => text === "-" || text === "";
const findingsIn = (row, column) =>
  state.findings.filter(
    (one) =>
      one.kind === "overlap" && one.level !== "info" && one.rows.includes(row + 1) && one.places.includes(column),
  );
const problemIn = (row, column) => {
  const [kind, place] = part(column);
  return state.problems.find((one) => one.row === row && one.kind === kind && one.column === place);
};
const struck = (row) =>
  state.findings.some((one) => (one.kind === "shadowed" || one.kind === "never") && one.rows[0] === row + 1);
const gapsBefore = (row) => state.findings.filter((one) => one.kind === "gap" && one.at === row + 1);

export const cellAt = (row, column) => slot("grid").querySelector(`td[data-row="${row}"][data-column="${column}"]`);

const head = () => {
  const over = el(
    "tr",
    {},
    el("th", { class: "dt-no", scope: "col" }, el("span", { class: "vh" }, t("行", "Row"))),
    el("th", { colspan: inputs(), scope: "colgroup" }, t("如果", "If")),
    el("th", { colspan: width() - inputs(), scope: "colgroup" }, t("那么", "Then")),
    el("th", { scope: "col", class: "n" }, t("近 30 天", "30 days")),
  );
  const names = el(
    "tr",
    {},
    el("th", { class: "dt-no", scope: "col" }, "#"),
    state.columns.map((column, place) =>
      el(
        "th",
        {
          scope: "col",
          "data-column": place,
          draggable: state.may_edit ? "true" : null,
          title: state.may_edit ? t("拖动换列；Alt ← → 也行", "Drag to move the column, or Alt ← →") : null,
        },
        el("b", {}, letter(place)),
        " ",
        column.title + (column.unit ? t(`（${column.unit}）`, ` (${column.unit})`) : ""),
      ),
    ),
    el("th", { scope: "col", class: "n" }, t("命中", "Hits")),
  );
  return el("thead", {}, over, names);
};

const cell = (row, column) => {
  const text = textAt(row, column),
    amber = findingsIn(row, column).length > 0,
    problem = problemIn(row, column);
  const input = column < inputs(),
    here = state.at.row === row && state.at.column === column;
  const shown = any(text) ? (input ? t("任意", "any") : "—") : text;
  const kinds = [
    input ? "" : "dt-out",
    any(text) ? "dt-any" : "",
    amber ? "dt-amber" : "",
    problem ? "dt-bad" : "",
    here ? "at" : "",
  ];
  const box = el(
    "td",
    {
      role: "gridcell",
      class: kinds.filter(Boolean).join(" "),
      tabindex: here ? "0" : "-1",
      "data-row": row,
      "data-column": column,
      title: problem ? problem.text : text.length > 24 ? text : null,
      "aria-invalid": problem ? "true" : null,
    },
    el(
      "div",
      { class: "dt-text" },
      amber || problem ? icon("warn") : null,
      shown,
      amber ? el("span", { class: "vh" }, t("，重叠", ", overlaps")) : null,
    ),
  );
  return box;
};

const row = (number) => {
  const last = isPinned(number);
  const label = last ? [icon("shield"), el("span", { class: "vh" }, t("兜底", "Catch-all"))] : String(number + 1);
  const moves = state.may_edit && !last;
  return el(
    "tr",
    { class: [last ? "dt-last" : "", struck(number) ? "dt-struck" : ""].join(" ").trim() || null, "data-row": number },
    el(
      "th",
      {
        scope: "row",
        class: "dt-no",
        draggable: moves ? "true" : null,
        title: moves ? t("拖动换行；Alt ↑ ↓ 也行", "Drag to move the row, or Alt ↑ ↓") : null,
      },
      label,
    ),
    state.columns.map((_, column) => cell(number, column)),
    el("td", { class: "n" }, String(state.hits[number] ?? 0)),
  );
};

const gap = (finding) =>
  el(
    "tr",
    { class: "dt-gap" },
    el("th", { scope: "row", class: "dt-no late" }, icon("warn"), el("span", { class: "vh" }, t("空缺", "Gap"))),
    finding.words.map((word) => el("td", { class: "dt-hatched" }, el("span", {}, any(word) ? t("任意", "any") : word))),
    el(
      "td",
      { colspan: width() - inputs() },
      state.catch_all
        ? t("没有一行接住，落到兜底", "No row takes it: it falls to the catch-all")
        : t("没有一行接住", "No row takes it"),
    ),
    el("td", { class: "n" }, "—"),
  );

export const drawGrid = () => {
  const body = el("tbody");
  for (let number = 0; number <= lastRow(); number += 1) {
    body.append(...gapsBefore(number).map(gap), row(number));
  }
  body.append(...gapsBefore(lastRow() + 1).map(gap));
  slot("grid").replaceChildren(head(), body);
};

export const drawBar = () => {
  const { row: r, column: c } = state.at,
    column = state.columns[c];
  slot("at").textContent = column ? `${letter(c)}${r + 1} · ${column.title}` : "";
  if (document.activeElement !== slot("formula")) slot("formula").value = textAt(r, c);
  const offers = slot("offers"),
    wanted = (column?.offers ?? []).join("\n");
  if (offers.dataset.of !== wanted) {
    offers.dataset.of = wanted;
    offers.replaceChildren(...(column?.offers ?? []).map((one) => el("option", { value: one })));
  }
};

// What did not change is not drawn again: a button must not go from under the pointer that presses it.
const drawn = {};
const same = (name, ...parts) => {
  const now = JSON.stringify(parts),
    was = drawn[name];
  drawn[name] = now;
  return now === was;
};

export const drawFoot = (acts) => {
  const { row: r, column: c } = state.at;
  if (same("foot", r, c, lastRow(), width(), inputs(), state.catch_all)) return;
  const pinned = isPinned(r),
    button = (act, name, words, off, quiet) =>
      el(
        "button",
        { type: "button", onclick: acts[act], disabled: Boolean(off), class: quiet ? "quiet" : null },
        icon(name),
        words,
      );
  const kind = part(c)[0],
    alone = kind === "when" ? inputs() < 2 : width() - inputs() < 2;
  slot("foot").replaceChildren(
    ...(state.may_edit
      ? [
          button("addRow", "plus", t("加一行", "Add a row")),
          button("addColumn", "plus", t("加一列", "Add a column")),
          button("up", "up", t("上移", "Up"), pinned || r === 0, true),
          button("down", "down", t("下移", "Down"), pinned || r >= lastRow() - (state.catch_all ? 1 : 0), true),
          button("dropRow", "trash", t(`删除第 ${r + 1} 行`, `Delete row ${r + 1}`), pinned || lastRow() === 0, true),
          button("dropColumn", "trash", t(`删除 ${letter(c)} 列`, `Delete column ${letter(c)}`), alone, true),
        ]
      : []),
    el("span", { class: "grow" }),
    state.catch_all
      ? el(
          "span",
          { class: "small muted safe" },
          icon("shield"),
          t("最后一行兜底，任何线索都有归属，不能删除", "The last row catches the rest and can't be deleted"),
        )
      : "",
  );
};

export const drawHead = (why) => {
  slot("title").textContent = state.title;
  const version = state.version,
    now = state.current;
  const tag = version
    ? el(
        "span",
        { class: `tag ${version.state === "draft" ? "risk" : "blue"}` },
        icon("pencil"),
        `${version.state === "draft" ? t("草稿", "Draft") : version.state === "review" ? t("待审批", "In review") : t("已批准", "Approved")} v${version.number}`,
      )
    : el(
        "span",
        { class: "tag done" },
        `${now && now.on ? t("生效中", "In force") : t("已停用", "Off")} v${now ? now.version : 1}`,
      );
  slot("tags").replaceChildren(tag);
  const names = (from, to) => state.columns.slice(from, to).map((one) => one.title);
  const total = state.hits.reduce((sum, one) => sum + one, 0);
  const saved = state.saving || (version ? t("草稿已自动保存", "The draft is saved") : "");
  slot("meta").textContent = [
    `${names(0, inputs()).join(" × ")} → ${names(inputs()).join(t("、", ", "))}`,
    state.applies,
    t(`近 30 天命中 ${total} 次`, `${total} hits in 30 days`),
    saved,
  ]
    .filter(Boolean)
    .join("　");
  const select = slot("hit");
  if (select) {
    if (!select.options.length)
      select.append(...Object.entries(state.hits_words).map(([name, words]) => el("option", { value: name }, words)));
    select.value = state.hit;
  }
  slot("reason").textContent = why;
  const button = document.querySelector("[data-act=submit]");
  if (button) button.setAttribute("aria-disabled", String(Boolean(why)));
};

const go = (rowNumber, place) => () => {
  state.at = { row: Math.max(0, Math.min(lastRow(), rowNumber)), column: Math.max(0, place ?? 0) };
  changed();
  cellAt(state.at.row, state.at.column)?.focus();
};
const NAMES = { gap: t("空缺：", "Gap: "), rest: t("归兜底：", "To the rest: ") };

const finding = (one, repair) => {
  const at =
    one.kind === "gap" || one.kind === "rest"
      ? one.at - 1
      : one.rows[one.rows.length > 1 && one.kind === "overlap" ? 1 : 0] - 1;
  const signs = { shadowed: "hidden", never: "hidden" };
  return el(
    "article",
    { class: `dt-finding ${one.kind} ${one.level}` },
    icon(signs[one.kind] || "warn"),
    el(
      "div",
      {},
      el(
        "h3",
        {},
        el(
          "button",
          { type: "button", class: "link", onclick: go(at, one.places[0]) },
          (NAMES[one.kind] ?? "") + one.text,
        ),
      ),
      one.detail ? el("p", {}, one.detail[0].toUpperCase() + one.detail.slice(1) + t("。", ".")) : null,
      one.witness
        ? el(
            "p",
            {},
            t(`例：${one.witness}`, `For example ${one.witness}`) +
              (one.takes ? t(` → 第 ${one.takes} 行`, ` → row ${one.takes}`) : ""),
          )
        : null,
      state.may_edit && one.repairs.length
        ? el(
            "div",
            { class: "actions" },
            one.repairs.slice(0, 3).map((fix, place) =>
              el(
                "button",
                {
                  type: "button",
                  class: `button small${place === 0 && one.kind === "gap" ? " primary" : ""}`,
                  onclick: () => repair(fix),
                },
                fix.text,
              ),
            ),
          )
        : null,
    ),
  );
};

export const drawFindings = (repair) => {
  if (same("findings", state.findings, state.problems, state.others, state.unseen)) return;
  const loud = state.findings.filter((one) => one.level !== "info"),
    quiet = state.findings.filter((one) => one.level === "info");
  const count = (kinds) => loud.filter((one) => kinds.includes(one.kind)).length;
  const tags = [
    [state.problems.length, "late", t("处要改正", "to correct")],
    [count(["gap"]), "late", t("空缺", count(["gap"]) === 1 ? "gap" : "gaps")],
    [count(["overlap"]), "risk", t("重叠", count(["overlap"]) === 1 ? "overlap" : "overlaps")],
    [count(["shadowed", "never"]), "", t("遮挡", "shadowed")],
  ].filter(([number]) => number);
  slot("counts").replaceChildren(
    ...tags.map(([number, kind, words]) => el("span", { class: `tag ${kind}` }, `${number} ${words}`)),
  );
  const seen = new Map();
  for (const one of state.problems) seen.set(one.text + one.row + one.column, one);
  const problems = [...seen.values()].slice(0, 30).map((one) => {
    const column = one.column < 0 ? 0 : one.kind === "then" ? inputs() + one.column : one.column;
    const where =
      one.row >= 0
        ? one.column >= 0
          ? `${letter(column)}${one.row + 1}`
          : t(`第 ${one.row + 1} 行`, `Row ${one.row + 1}`)
        : one.path;
    const words = `${where}${where ? t("：", ": ") : ""}${one.text}`;
    return el(
      "article",
      { class: "dt-finding problem" },
      icon("warn"),
      el(
        "div",
        {},
        el(
          "h3",
          {},
          one.row >= 0 ? el("button", { type: "button", class: "link", onclick: go(one.row, column) }, words) : words,
        ),
      ),
    );
  });
  const clash = state.others.length
    ? [
        el(
          "article",
          { class: "dt-finding error" },
          icon("warn"),
          el(
            "div",
            {},
            el("h3", {}, t("与其他规则冲突", "At odds with other rules")),
            state.others.slice(0, 3).map((text) => el("p", {}, text)),
            state.others.length > 3
              ? el(
                  "p",
                  {},
                  t(`还有 ${state.others.length - 3} 条同样的`, `and ${state.others.length - 3} more like these`),
                )
              : null,
          ),
        ),
      ]
    : [];
  const fine =
    !problems.length && !loud.length && !clash.length
      ? [
          el(
            "article",
            { class: "dt-finding fine" },
            icon("check"),
            el(
              "div",
              {},
              el("h3", {}, t("没有空缺、重叠和遮挡", "No gaps, overlaps or shadowed rows")),
              el("p", {}, t("改一格，这里马上重查。", "Change a cell and it is checked at once.")),
            ),
          ),
        ]
      : [];
  const more =
    quiet.length || state.unseen.length
      ? [
          el(
            "details",
            {},
            el(
              "summary",
              {},
              t(
                `另有 ${quiet.length + state.unseen.length} 条提示`,
                `${quiet.length + state.unseen.length} more notes`,
              ),
            ),
            quiet.slice(0, 40).map((one) => finding(one, repair)),
            state.unseen.map((one) => el("p", { class: "small muted" }, one)),
          ),
        ]
      : [];
  const list = slot("findings"),
    open = list.querySelector("details")?.open;
  list.replaceChildren(...problems, ...clash, ...fine, ...loud.map((one) => finding(one, repair)), ...more);
  if (open && more.length) more[0].open = true;
};
