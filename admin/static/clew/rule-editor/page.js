// The rule editor: one document, drawn as a sentence, a form and YAML; checked, tried and saved as it changes.

import { nOf, t } from "../shared/language.js";
import { Api } from "./api.js";
import { drawChecks, markRows } from "./checks.js";
import { h, toast } from "./dom.js";
import { drawForm } from "./form.js";
import { drawHead } from "./head.js";
import { listen } from "./keys.js";
import { patched } from "./patch.js";
import { errorsIn, friendly, whyNot } from "./readiness.js";
import { Saving } from "./saving.js";
import { controlFor, Sentence } from "./sentence.js";
import { Store } from "./store.js";
import { Trial } from "./trial.js";
import { Words } from "./words.js";
import { Yaml } from "./yaml.js";

const root = document.getElementById("rule-editor"),
  state = JSON.parse(document.getElementById("rule-editor-state").textContent);
const slots = Object.fromEntries([...root.querySelectorAll("[data-slot]")].map((el) => [el.dataset.slot, el]));
const ctx = {
  slots,
  store: new Store(state.document),
  words: new Words(state.vocabulary),
  api: new Api(state.code, root.dataset.csrf),
  version: state.version,
  current: state.current,
  offset: state.offset,
  isNew: state.code === "new",
  preview: null,
  startedNew: state.code === "new",
  touched: state.code !== "new",
  readOnly: !state.may_edit,
  trial: null,
  saved,
  keep,
};

function saved(found) {
  if ("version" in found) ctx.version = found.version;
  if ("current" in found) ctx.current = found.current;
  if (found.code && ctx.api.code !== found.code) {
    ctx.api.code = found.code;
    ctx.isNew = false;
    history.replaceState(null, "", `/rules/${encodeURIComponent(found.code)}/edit`);
  }
}
async function keep(trial) {
  if (!(await saving.flush())) return;
  try {
    const found = await ctx.api.call("keep", { ...trial, revision: ctx.version?.revision });
    saved(found);
    ctx.store.change((doc) => {
      doc.tests = found.document.tests;
      return "trial:keep";
    });
    saving.settled();
    toast(slots.toasts, t("已存为用例，发布时会重跑", "Kept as a test case; publishing runs it"), {
      action: t("撤销", "Undo"),
      act: () => ctx.store.undo(),
    });
  } catch (error) {
    toast(slots.toasts, error.message, { error: true });
  }
}

// ---- Drawing
function drawAll(focus) {
  const key = focus || document.activeElement?.dataset?.key,
    scroll = scrollY;
  slots.form.replaceChildren(...drawForm(ctx));
  if (ctx.preview) markRows(slots.form, ctx.preview, ctx.touched);
  ctx.trial?.showRendered();
  if (key) refocus(key);
  if (!focus) scrollTo(scrollX, scroll);
}
function refocus(key) {
  const exact = root.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const row = exact ? null : slots.form.querySelector(`[data-row="${CSS.escape(key.replace(/:[^:]*$/, ""))}"]`);
  (exact || row?.querySelector(".re-field input") || row?.querySelector("input,select,textarea,button"))?.focus();
}
function go(path) {
  if (yaml.active) tab("form");
  const el = controlFor(slots.form, path);
  if (!el) return;
  el.focus();
  el.scrollIntoView({
    block: "center",
    behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
  });
}

// ---- Checking
let asked = 0,
  timer = 0,
  announced = "";
function check(soon) {
  clearTimeout(timer);
  timer = setTimeout(ask, soon ? 0 : 120);
}
async function ask() {
  const mine = ++asked;
  try {
    const found = await ctx.api.call("preview", { document: ctx.store.doc });
    if (mine !== asked) return;
    found.problems = found.problems.map((one) => friendly(one, ctx.store));
    ctx.preview = found;
    sentence.show(found);
    drawChecks(slots.checks, found, tools);
    markRows(slots.form, found, ctx.touched);
    yaml.tell(found);
    if (!slots.trial.contains(document.activeElement) || !document.activeElement.matches("input,select,textarea"))
      ctx.trial.draw();
    announce(found);
    ctx.trial.changed(!found.problems.length);
    drawTop();
  } catch (error) {
    if (mine !== asked) return;
    // What can't be checked can't be sent either.
    ctx.preview = null;
    drawChecks(slots.checks, null, { ...tools, failed: error.message });
    drawTop();
  }
}
function announce(found) {
  const errors = errorsIn(found),
    warnings = found.findings.filter((one) => one.level === "warning").length;
  const said =
    errors || warnings
      ? t(`检查：${errors} 个错误，${warnings} 个提醒`, `Checks: ${nOf(errors, "error")}, ${nOf(warnings, "warning")}`)
      : t("检查：没有问题", "Checks: no problem");
  if (said !== announced) slots.live.textContent = announced = said;
}
const tools = {
  go,
  again: () => check(true),
  repair: (one) => {
    try {
      ctx.store.replace(patched(ctx.store.doc, one.patch));
      toast(slots.toasts, t(`已修改：${one.text}`, `Done: ${one.text}`), {
        action: t("撤销", "Undo"),
        act: () => ctx.store.undo(),
      });
    } catch {
      toast(slots.toasts, t("规则已经变了，等检查完再试", "The rule has changed: wait for the checks and try again"), {
        error: true,
      });
    }
  },
  addWitness: (one) => {
    ctx.trial.withFacts(one.facts, one.on, one.at);
    slots.trial.scrollIntoView({ block: "nearest" });
  },
};

// ---- The head, the tabs
const saving = new Saving(ctx, { changed: () => drawTop() });
function drawTop() {
  drawHead(ctx, {
    saving,
    why: whyNot(ctx.preview, { readOnly: ctx.readOnly, version: ctx.version, unsaved: saving.unsaved }),
    reset,
    go,
  });
}
/** Show another document: one on record. */
function reset(document) {
  ctx.store.reset(document);
  saving.settled();
  check(true);
}

const tabs = { form: t("表单", "Form"), yaml: "YAML" };
async function tab(name) {
  for (const one of Object.keys(tabs)) {
    slots[one].hidden = one !== name;
    const el = document.getElementById(`tab-${one}`);
    el.setAttribute("aria-selected", String(one === name));
    el.tabIndex = one === name ? 0 : -1;
  }
  if (name === "yaml") await yaml.show();
}
slots.tabs.append(
  ...Object.entries(tabs).map(([name, label]) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        "aria-controls": `panel-${name}`,
        "aria-selected": String(name === "form"),
        tabindex: name === "form" ? 0 : -1,
        class: "re-tab",
        on: { click: () => tab(name) },
      },
      label,
    ),
  ),
);
slots.tabs.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const next = yaml.active ? "form" : "yaml";
  tab(next);
  document.getElementById(`tab-${next}`).focus();
});

// ---- Together
const sentence = new Sentence(slots.sentence, go),
  yaml = new Yaml(ctx, slots.yaml);
ctx.trial = new Trial(ctx, slots.trial);
ctx.store.addEventListener("change", ({ detail }) => {
  ctx.touched = true;
  if (!detail.quiet) drawAll(detail.focus);
  if (yaml.active && document.activeElement !== yaml.text) yaml.show();
  saving[detail.saved ? "settled" : "later"]();
  check(false);
});
// What a row is told waits until its writer has left it.
slots.form.addEventListener("focusout", () =>
  setTimeout(() => {
    if (ctx.preview) markRows(slots.form, ctx.preview, ctx.touched);
  }, 0),
);
listen({ store: ctx.store, saving, readOnly: ctx.readOnly, typesYaml: () => document.activeElement === yaml.text });
drawAll();
drawTop();
drawChecks(slots.checks, null, tools);
saving.recover();
if (state.trial) ctx.trial.begin(state.trial);
check(true);
root.dataset.ready = "true";
