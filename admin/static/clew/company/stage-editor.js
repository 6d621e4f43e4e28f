// The editor of one stage: its words, who answers for it, what it needs, who may go past it, what it ends, its ways.
import { t } from "../shared/language.js";
import { field, make, select } from "./dom.js";
import { evidenceRow } from "./evidence.js";
import { hasWay, setWay } from "./process-document.js";

const words = (pair) => t(pair.zh, pair.en);
const pairs = (list) => list.map(([value, zh, en]) => [value, t(zh, en)]);
const group = (legend, ...children) =>
  make("fieldset", { className: "field" }, make("legend", { textContent: legend }), ...children);
const tick = (label, checked, change) =>
  make(
    "label",
    {},
    make("input", { type: "checkbox", checked, onchange: (event) => change(event.target.checked) }),
    ` ${label}`,
  );

export function editStage(box, stage, state, { changed, remove }) {
  const { document: whole } = state;
  const labels = new Map(pairs(state.fields));
  const again = () => {
    editStage(box, stage, state, { changed, remove });
    changed();
  };
  const set = (key) => (value) => {
    stage[key] = value;
    changed();
  };
  const needed = (name) =>
    make(
      "li",
      {},
      labels.get(name) ?? name,
      make("button", {
        type: "button",
        textContent: "×",
        "aria-label": t(`不再要求${labels.get(name) ?? name}`, `No longer need ${labels.get(name) ?? name}`),
        onclick: () => {
          stage.required = stage.required.filter((one) => one !== name);
          again();
        },
      }),
    );
  const left = pairs(state.fields).filter(([name]) => !stage.required.includes(name));
  stage.evidence ??= [];
  stage.skip ??= [];
  const evidence = stage.evidence.map((one) =>
    evidenceRow(one, state, changed, () => {
      stage.evidence = stage.evidence.filter((each) => each !== one);
      again();
    }),
  );
  const isNew = !state.present.includes(stage.name);
  box.replaceChildren(
    make(
      "header",
      {},
      make("h2", { textContent: words(stage) }),
      make("code", { className: "muted small", textContent: stage.name }),
    ),
    make(
      "div",
      { className: "body" },
      make(
        "div",
        { className: "grid2" },
        field(t("中文名", "Chinese title"), stage.zh, set("zh"), { maxLength: 80 }),
        field(t("英文名", "English title"), stage.en, set("en"), { maxLength: 80 }),
      ),
      ...(isNew
        ? [
            field(
              t("内部名（发布后不能改）", "Name (it stays for good)"),
              stage.name,
              (value) => {
                const old = stage.name;
                stage.name = value;
                whole.transitions = whole.transitions.map((pair) => pair.map((one) => (one === old ? value : one)));
                changed();
              },
              { maxLength: 40 },
            ),
          ]
        : []),
      make(
        "label",
        { className: "field" },
        make("span", { textContent: t("负责的角色", "The role that answers for it") }),
        select(t("负责的角色", "The role that answers for it"), pairs(state.roles), stage.role ?? "sales", set("role")),
      ),
      group(
        t("进入前要填", "Fields it needs"),
        make("ul", { className: "needed" }, ...stage.required.map(needed)),
        select(t("加字段", "Add a field"), [["", t("＋ 加字段", "+ Add a field")], ...left], "", (name) => {
          if (name) stage.required = [...stage.required, name];
          again();
        }),
      ),
      group(
        t("进入前要有的证据", "Evidence it needs"),
        ...evidence,
        make("button", {
          type: "button",
          className: "button small",
          textContent: t("＋ 加证据", "+ Add evidence"),
          onclick: () => {
            stage.evidence = [
              ...stage.evidence,
              { when: { field: state.facts[0]?.[0] ?? "", op: "present" }, zh: "", en: "" },
            ];
            again();
          },
        }),
      ),
      group(
        t("下一步可以到", "Where it may go next"),
        make(
          "div",
          { className: "stage-editor-choices" },
          ...whole.stages
            .filter((one) => one !== stage)
            .map((one) =>
              tick(words(one), hasWay(whole, stage.name, one.name), (open) => {
                setWay(whole, stage.name, one.name, open);
                changed();
              }),
            ),
        ),
      ),
      group(
        t("谁能跳过它（须写原因）", "Who may go past it, giving a reason"),
        make(
          "div",
          { className: "stage-editor-choices" },
          ...pairs(state.roles).map(([role, title]) =>
            tick(title, stage.skip.includes(role), (on) => {
              stage.skip = on ? [...stage.skip, role] : stage.skip.filter((one) => one !== role);
              changed();
            }),
          ),
        ),
      ),
      make(
        "label",
        { className: "field" },
        make("span", { textContent: t("走到这里就结束", "It ends here as") }),
        select(t("走到这里就结束", "It ends here as"), pairs(state.finals), stage.final ?? "", set("final")),
      ),
      tick(
        t("进入前要键入名称确认（不能退回）", "Typed confirmation before it is entered (no way back)"),
        stage.confirm === true,
        set("confirm"),
      ),
      make(
        "p",
        { className: "actions" },
        make("button", {
          type: "button",
          className: "button danger",
          textContent: t("去掉这个阶段", "Take this stage out"),
          onclick: () => remove(stage.name),
          disabled: whole.stages.length < 2,
        }),
      ),
    ),
  );
}
