// One piece of evidence a stage needs: a comparison of a fact, and the words that say what is missing.
import { t } from "../shared/language.js";
import { make, select } from "./dom.js";

const pairs = (list) => list.map(([value, zh, en]) => [value, t(zh, en)]);
const NO_VALUE = ["present", "missing"];

/** The value of a comparison, typed as its fact is. */
export function typed(text, kind) {
  if (kind === "number") return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
  return kind === "bool" ? text === "true" : text;
}
export const isSimple = (when) => "field" in when && !("than" in when) && !Array.isArray(when.value);

export function evidenceRow(one, state, changed, remove) {
  const facts = new Map(state.facts.map((fact) => [fact[0], fact]));
  const row = make("div", { className: "evidence" });
  const draw = () => {
    const fact = facts.get(one.when.field);
    const kind = fact?.[3] ?? "text";
    const again = () => {
      draw();
      changed();
    };
    const operators = state.operators.filter((each) => each[3].includes(kind));
    const parts = [
      select(t("看哪一项", "What is looked at"), pairs(state.facts), one.when.field, (field) => {
        one.when = { field, op: "present" };
        again();
      }),
      select(t("怎么比", "How it is compared"), pairs(operators), one.when.op, (op) => {
        one.when = NO_VALUE.includes(op)
          ? { field: one.when.field, op }
          : { ...one.when, op, value: one.when.value ?? "" };
        again();
      }),
    ];
    if (NO_VALUE.includes(one.when.op)) parts.push(make("span"));
    else if (fact?.[4].length || kind === "bool") {
      const options =
        kind === "bool"
          ? [
              ["true", t("是", "yes")],
              ["false", t("否", "no")],
            ]
          : pairs(fact[4]);
      const now = String(one.when.value ?? "");
      parts.push(
        select(t("值", "Value"), [["", t("选一个", "Choose")], ...options], now, (value) => {
          one.when.value = typed(value, kind);
          changed();
        }),
      );
    } else {
      const value = String(one.when.value ?? "");
      const input = (event) => {
        one.when.value = typed(event.target.value, kind);
        changed();
      };
      parts.push(make("input", { type: "text", value, "aria-label": t("值", "Value"), oninput: input }));
    }
    const words = (key, label) =>
      make("input", {
        type: "text",
        className: "wide",
        value: one[key],
        maxLength: 80,
        placeholder: label,
        "aria-label": label,
        oninput: (event) => {
          one[key] = event.target.value;
          changed();
        },
      });
    row.replaceChildren(
      ...(isSimple(one.when) ? parts : [make("pre", { className: "wide", textContent: JSON.stringify(one.when) })]),
      words("zh", t("没有时怎么说，如：请上传到账凭证", "What is said while it is missing, in Chinese")),
      words("en", t("英文怎么说", "The same in English")),
      make("button", {
        type: "button",
        className: "button small",
        textContent: t("去掉这条证据", "Remove this evidence"),
        onclick: remove,
      }),
    );
  };
  draw();
  return row;
}
