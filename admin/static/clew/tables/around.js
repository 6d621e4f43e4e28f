// What stands around the grid: the bar above it, the buttons below, the page's head.
import { nOf, t } from "../shared/language.js";
import { el, icon, slot } from "./dom.js";
import { letter } from "./marks.js";
import { same } from "./same.js";
import { sheet } from "./state.js";

export const drawBar = () => {
  const { row: r, column: c } = sheet.at,
    column = sheet.columns[c];
  slot("at").textContent = column ? `${letter(c)}${r + 1} · ${column.title}` : "";
  if (document.activeElement !== slot("formula")) slot("formula").value = sheet.textAt(r, c);
  slot("formula").placeholder = slot("formula").title = column?.hint ?? "";
  const offers = slot("offers"),
    wanted = (column?.offers ?? []).join("\n");
  if (offers.dataset.of !== wanted) {
    offers.dataset.of = wanted;
    offers.replaceChildren(...(column?.offers ?? []).map((one) => el("option", { value: one })));
  }
};

export const drawFoot = (acts) => {
  const { row: r, column: c } = sheet.at;
  if (same("foot", r, c, sheet.lastRow, sheet.width, sheet.inputs, sheet.catch_all)) return;
  const pinned = sheet.isPinned(r),
    button = (act, name, words, off, quiet) =>
      el(
        "button",
        { type: "button", onclick: acts[act], disabled: Boolean(off), class: quiet ? "quiet" : null },
        icon(name),
        words,
      );
  const kind = sheet.part(c)[0],
    alone = kind === "when" ? sheet.inputs < 2 : sheet.width - sheet.inputs < 2;
  slot("foot").replaceChildren(
    ...(sheet.may_edit
      ? [
          button("addRow", "plus", t("加一行", "Add a row")),
          button("addColumn", "plus", t("加一列", "Add a column")),
          button("up", "up", t("上移", "Up"), pinned || r === 0, true),
          button("down", "down", t("下移", "Down"), pinned || r >= sheet.lastRow - (sheet.catch_all ? 1 : 0), true),
          button(
            "dropRow",
            "trash",
            t(`删除第 ${r + 1} 行`, `Delete row ${r + 1}`),
            pinned || sheet.lastRow === 0,
            true,
          ),
          button("dropColumn", "trash", t(`删除 ${letter(c)} 列`, `Delete column ${letter(c)}`), alone, true),
        ]
      : []),
    el("span", { class: "grow" }),
    sheet.catch_all
      ? el(
          "span",
          { class: "small muted safe" },
          icon("shield"),
          t("最后一行兜底，任何线索都有归属，不能删除", "The last row catches the rest and can't be deleted"),
        )
      : "",
  );
};

const STATES = { draft: t("草稿", "Draft"), review: t("待审批", "In review") };
const tag = ({ version, current }) => {
  if (version) {
    const words = STATES[version.state] ?? t("已批准", "Approved");
    const tone = version.state === "draft" ? "risk" : "blue";
    return el("span", { class: `tag ${tone}` }, icon("pencil"), `${words} v${version.number}`);
  }
  const words = current?.on ? t("生效中", "In force") : t("已停用", "Off");
  return el("span", { class: "tag done" }, `${words} v${current?.version ?? 1}`);
};
const meta = ({ columns, inputs, hits, applies, saving, version }) => {
  const names = (list, comma) => list.map((one) => one.title).join(comma);
  const total = hits.reduce((sum, one) => sum + one, 0);
  return [
    `${names(columns.slice(0, inputs), " × ")} → ${names(columns.slice(inputs), t("、", ", "))}`,
    applies,
    t(`近 30 天命中 ${total} 次`, `${nOf(total, "hit")} in 30 days`),
    saving || (version ? t("草稿已自动保存", "The draft is saved") : ""),
  ].filter(Boolean);
};

/** The head; `why` says why the draft can't be sent. */
export const drawHead = (why) => {
  slot("title").textContent = sheet.title;
  slot("tags").replaceChildren(tag(sheet));
  slot("meta").textContent = meta(sheet).join("\u3000");
  const select = slot("hit");
  if (select && !select.options.length)
    select.append(...Object.entries(sheet.hits_words).map(([name, words]) => el("option", { value: name }, words)));
  if (select) select.value = sheet.hit;
  slot("reason").textContent = why;
  document.querySelector("[data-act=submit]")?.setAttribute("aria-disabled", String(Boolean(why)));
};
