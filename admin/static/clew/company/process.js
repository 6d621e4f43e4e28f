// The page of a process: the thread of stages, the editor of the chosen one, and what publishing touches.
import { $, all } from "../shared/find.js";
import { t } from "../shared/language.js";
import { make } from "./dom.js";
import { keepDraft } from "./drafts.js";
import { openIn, said, watch } from "./impact.js";
import { addStage, inParts, orderStages, removeStage, whole as wholeOf } from "./process-document.js";
import { sortable } from "./sortable.js";
import { editStage } from "./stage-editor.js";

const state = JSON.parse($("#process-state").textContent);
const whole = state.document;
whole.transitions = whole.transitions.map((pair) => [...pair]);
const [thread, editor, form, note, box] = ["#thread", "#stage-editor", "#process-form", "#publish-note", "#impact"].map(
  (one) => $(one),
);
const roles = new Map(state.roles.map(([name, zh, en]) => [name, t(zh, en)]));
const labels = new Map(state.fields.map(([name, zh, en]) => [name, t(zh, en)]));
let chosen = whole.stages[0].name;

/** The document as it is sent: what a stage leaves unsaid is left out. */
function document_() {
  const stages = whole.stages.map((one) => ({
    ...Object.fromEntries(
      Object.entries(one).filter(
        ([, value]) => value !== "" && value !== false && (!Array.isArray(value) || value.length),
      ),
    ),
    zh: one.zh,
    en: one.en,
    required: one.required ?? [],
  }));
  return JSON.stringify({ ...whole, stages });
}
const before = form.dataset.fresh ? "" : document_();
const draft = keepDraft({
  key: `process:${whole.name}`,
  form,
  revision: form.elements.revision.value,
  read: () => inParts(JSON.parse(document_())),
  write: (parts) => Object.assign(whole, wholeOf(parts)),
  place: $("#draft-note"),
});
chosen = whole.stages[0].name;

function card(stage) {
  const isNew = !state.present.includes(stage.name);
  const fresh = (stage.required ?? []).some((name) => !(state.needed[stage.name] ?? []).includes(name));
  const line = (text, changed) =>
    make("span", { className: `small ${changed ? "changed" : "muted"}`, textContent: text });
  const count = state.counts[stage.name] ?? 0;
  const needs = (stage.required ?? []).map((name) => labels.get(name) ?? name).join("、");
  const parts = [
    make(
      "span",
      { className: "title" },
      make("button", {
        type: "button",
        className: "grip",
        textContent: "⠿",
        "data-grip": "",
        "aria-label": t(`移动「${stage.zh}」：Alt ← →`, `Move “${stage.en}”: Alt ← →`),
      }),
      make("button", {
        type: "button",
        textContent: t(stage.zh, stage.en) || stage.name,
        "aria-pressed": String(stage.name === chosen),
        onclick: () => choose(stage.name),
      }),
    ),
    isNew ? line(t("新阶段", "new"), true) : line(t(`${count} 条`, `${count} records`)),
    line(roles.get(stage.role ?? "sales") ?? stage.role),
  ];
  if (needs) parts.push(line(t(`要填 ${needs}`, `needs ${needs}`), fresh && !isNew));
  if (stage.evidence?.length)
    parts.push(line(t(`证据 ${stage.evidence.length} 项`, `${stage.evidence.length} evidence`)));
  if (stage.final) parts.push(line(t("在这里结束", "ends here")));
  const made = make("li", { className: "stage-card", draggable: true }, ...parts);
  made.dataset.name = stage.name;
  made.classList.toggle("chosen", stage.name === chosen);
  return made;
}
const draw = () => thread.replaceChildren(...whole.stages.map(card));
let tell = () => {};
function changed() {
  const stage = whole.stages.find((one) => all(".stage-card.chosen", thread)[0]?.dataset.name === one.name);
  if (!stage) chosen = edited?.name ?? whole.stages[0].name;
  draw();
  store();
  draft();
  tell();
}
let edited = null;
function store() {
  form.elements.document.value = document_();
}
function choose(name) {
  chosen = name;
  edited = whole.stages.find((one) => one.name === name);
  edited.required ??= [];
  editStage(editor, edited, state, { changed, remove });
  draw();
}
function remove(name) {
  const at = whole.stages.findIndex((one) => one.name === name);
  removeStage(whole, name);
  choose(whole.stages[Math.max(0, at - 1)].name);
  changed();
}
$("#add-stage").addEventListener("click", () => {
  const name = addStage(whole, chosen, { zh: "新阶段", en: "New stage" });
  choose(name);
  changed();
  $("input", editor).focus();
  $("input", editor).select();
});
sortable(
  () => [thread],
  () => {
    orderStages(
      whole,
      all("li", thread).map((one) => one.dataset.name),
    );
    const at = document.activeElement?.closest?.("li")?.dataset.name;
    changed();
    if (at) $(`li[data-name="${CSS.escape(at)}"] [data-grip]`, thread)?.focus();
  },
);
choose(chosen);
store();
const status = () => {
  const root = $("[data-errors]", box);
  if (form.elements.document.value === before) return note.dataset.none;
  const errors = Number(root?.dataset.errors ?? 0);
  if (errors) return said(note.dataset.errors, { n: errors });
  return openIn(box) ? said(note.dataset.open, { n: openIn(box) }) : "";
};
tell = watch({ form, box, button: $("#publish"), note, body: () => new FormData(form), status });
