// Live checks: what is wrong, what the checks find with a witness and a repair, and how the test cases fare.
import { nOf, quoted, t } from "../shared/language.js";
import { h, icon, tag } from "./dom.js";
import { errorsIn, within } from "./readiness.js";

const MOST_NOTES = 2;

export function drawChecks(slot, preview, { go, repair, addWitness, again, failed }) {
  const title = h("h2", { id: "checks-title" }, t("实时检查", "Live checks"));
  if (failed) {
    slot.replaceChildren(
      h("header", {}, title),
      item(
        "late",
        "circle-x",
        t("检查没能完成", "The checks could not be made"),
        [h("button", { type: "button", class: "button small", on: { click: again } }, t("再查一次", "Check again"))],
        [h("p", { class: "small muted" }, failed)],
      ),
    );
    return;
  }
  if (!preview) {
    slot.replaceChildren(h("header", {}, title), h("p", { class: "re-finding muted" }, t("正在检查…", "Checking…")));
    return;
  }
  const blanks = preview.problems.filter((one) => one.blank).length,
    errors = errorsIn(preview) - blanks,
    warnings = preview.findings.filter((one) => one.level === "warning").length;
  const head = h(
    "header",
    {},
    title,
    blanks ? tag(t(`${blanks} 处待填`, `${blanks} to fill in`), "risk") : null,
    errors ? tag(t(`${errors} 个错误`, nOf(errors, "error")), "late") : null,
    warnings ? tag(t(`${warnings} 个提醒`, nOf(warnings, "warning")), "risk") : null,
    !errors && !warnings && !blanks ? tag(t("没有问题", "No problem"), "done", "check") : null,
    h(
      "span",
      { class: "muted small re-took" },
      t(`${preview.seconds.toFixed(2)} 秒`, `${preview.seconds.toFixed(2)} s`),
    ),
  );
  const problems = preview.problems
    .slice(0, 20)
    .map((one) =>
      item(one.blank ? "risk" : "late", one.blank ? "pencil" : "circle-x", one.text, [
        h(
          "button",
          { type: "button", class: "button small", on: { click: () => go(one.path) } },
          t("去改", "Go there"),
        ),
      ]),
    );
  const shown = (level) =>
      preview.findings.filter((one) => one.level === level).map((one) => finding(one, { go, repair, addWitness })),
    notes = shown("info");
  const more =
    notes.length > MOST_NOTES
      ? h(
          "details",
          { class: "re-more" },
          h(
            "summary",
            { class: "small" },
            t(`还有 ${notes.length - MOST_NOTES} 条说明`, nOf(notes.length - MOST_NOTES, "more note")),
          ),
          notes.slice(MOST_NOTES),
        )
      : null;
  const failing = preview.tests
    .filter((one) => !one.passed)
    .map((one) =>
      item(
        "late",
        "circle-x",
        t(`用例${quoted(one.title)}没通过`, `Test case ${quoted(one.title)} fails`),
        [],
        [h("p", { class: "small muted" }, one.text)],
      ),
    );
  // What keeps it from being sent comes first.
  slot.replaceChildren(
    ...[
      head,
      ...problems,
      ...shown("error"),
      ...failing,
      ...shown("warning"),
      ...notes.slice(0, MOST_NOTES),
      more,
      summary(preview),
    ].filter(Boolean),
  );
}

function item(tone, mark, text, tools = [], inner = []) {
  return h(
    "div",
    { class: `re-finding ${tone}` },
    icon(mark),
    h("div", {}, h("strong", {}, text), inner, tools.length ? h("div", { class: "actions" }, tools) : null),
  );
}

function finding(one, { go, repair, addWitness }) {
  const tone = { error: "late", warning: "risk" }[one.level] || "muted";
  const witness = one.witness.length
    ? h(
        "p",
        { class: "re-witness small" },
        t("例：", "For example: "),
        one.event ? `${one.event} · ` : "",
        one.witness.slice(0, 6).map((fact, index) => `${index ? " · " : ""}${fact.name} ${fact.value}`),
      )
    : null;
  const repairs = one.repairs.map((each) =>
    h("button", { type: "button", class: "button small", on: { click: () => repair(each, one) } }, each.text),
  );
  return item(
    tone,
    one.level === "error" ? "circle-x" : one.level === "warning" ? "alert-triangle" : "info",
    one.text,
    [
      ...repairs,
      one.path
        ? h(
            "button",
            { type: "button", class: "button small", on: { click: () => go(one.path) } },
            t("看这一处", "Show"),
          )
        : null,
      one.event && Object.keys(one.facts).length
        ? h(
            "button",
            { type: "button", class: "button small", on: { click: () => addWitness(one) } },
            t("试算这个例子", "Try this example"),
          )
        : null,
    ].filter(Boolean),
    [witness],
  );
}

function summary(preview) {
  if (preview.problems.length)
    return h(
      "div",
      { class: "re-finding muted" },
      icon("info"),
      h(
        "div",
        {},
        t(
          "填完整后再检查冲突、永真永假、循环和用例。",
          "Conflicts, always true or false, loops and test cases are checked once it is complete.",
        ),
      ),
    );
  const named = new Set(preview.findings.map((one) => one.code));
  const checked = t(
    "字段、类型、永真、永假、冲突、遮蔽、循环",
    "Fields, types, always true, never true, conflicts, shadowing, loops",
  );
  const tests = preview.tests.length
    ? t(
        `；${preview.tests.length} 个用例，${preview.tests.filter((one) => one.passed).length} 个通过`,
        `; ${preview.tests.filter((one) => one.passed).length} of ${nOf(preview.tests.length, "test case")} passed`,
      )
    : "";
  return h(
    "div",
    { class: "re-finding done" },
    icon("circle-check"),
    h(
      "div",
      {},
      named.size
        ? t(`其余都查过了：${checked}${tests}`, `All else was checked: ${checked}${tests}`)
        : t(`${checked}：没有问题${tests}`, `${checked}: no problem${tests}`),
    ),
  );
}

/** Mark the rows that something is wrong with; a row being written is only told once it is left. */
export function markRows(form, preview, touched) {
  const said = [
    ...preview.problems.filter((one) => touched || !one.blank),
    ...preview.findings.filter((one) => one.level === "error"),
  ].filter((one) => one.path);
  for (const el of form.querySelectorAll("[aria-invalid]")) el.removeAttribute("aria-invalid");
  const faults = [...form.querySelectorAll("[data-fault]")].sort(
    (a, b) => b.dataset.fault.length - a.dataset.fault.length,
  );
  const texts = new Map();
  for (const one of said) {
    const fault = faults.find((el) => within(one.path, el.dataset.fault)),
      holder = fault?.closest("[data-row],[data-part]");
    if (!fault || (holder.dataset.row && holder.contains(document.activeElement))) continue;
    if (!fault.closest("details:not([open])")) texts.set(fault, [...(texts.get(fault) || []), one.text]);
    const control = [...holder.querySelectorAll("[data-path]")]
      .filter((el) => el.matches("input,select,textarea") && within(one.path, el.dataset.path))
      .sort((a, b) => b.dataset.path.length - a.dataset.path.length)[0];
    control?.setAttribute("aria-invalid", "true");
  }
  for (const fault of faults) {
    fault.textContent = (texts.get(fault) || []).join(t("；", "; "));
    fault.hidden = !fault.textContent;
  }
}
