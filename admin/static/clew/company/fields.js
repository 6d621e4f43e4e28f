// The page of a kind's fields: their order and sections, and the form of one beside what publishing it touches.
import { $, all } from "../shared/find.js";
import { t } from "../shared/language.js";
import { keepDraft, putValues, valuesOf } from "./drafts.js";
import { openIn, said, watch } from "./impact.js";
import { options } from "./options.js";
import { sortable } from "./sortable.js";

$("[data-go]")?.addEventListener("change", (event) => location.assign(event.target.value));

// ---- Order and sections

const list = $("#field-list");
const lists = () => all("[data-sortable]", list);

function toast(words, undo) {
  const made = Object.assign(document.createElement("div"), { className: "toast", textContent: words });
  if (undo) {
    const form = Object.assign(document.createElement("form"), { method: "post", action: undo });
    for (const [name, value] of [
      ["csrf_token", list.dataset.token],
      ["next", location.pathname],
    ]) {
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
    form.append(
      Object.assign(document.createElement("button"), { className: "button small", textContent: list.dataset.undo }),
    );
    made.append(form);
  }
  $(".toasts").append(made);
  setTimeout(() => made.matches(":hover,:focus-within") || made.remove(), 8000);
}
async function save(values, words) {
  const revision = list.dataset.revision === "" ? null : Number(list.dataset.revision);
  const answer = await fetch(`/fields/${list.dataset.kind}/layout`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": list.dataset.token },
    body: JSON.stringify({ ...values, revision }),
  });
  const got = await answer.json();
  if (answer.ok) list.dataset.revision = got.revision ?? "";
  toast(answer.ok ? words : got.error, answer.ok ? got.undo : "");
  return answer.ok;
}
const sections = () =>
  all("[data-section]", list).map((one) => ({
    zh: one.dataset.zh,
    en: one.dataset.en,
    fields: all("li", one).map((item) => item.dataset.name),
  }));
const placed = (item) => {
  const name = ($("a,span:not(.grip)", item) ?? item).textContent.trim();
  const place = [...item.parentElement.children].indexOf(item) + 1;
  save({ sections: sections() }, said(list.dataset.where, { name, n: place }));
};
const again = sortable(lists, placed);
list.addEventListener("click", (event) => {
  const rename = event.target.closest("[data-rename]");
  if (!rename) return;
  retitle(rename.closest("[data-section]"));
});
/** Let a section's title be typed in both languages; one of them suffices, none leaves it as it was. */
function retitle(section) {
  const title = $("[data-title]", section);
  const words = JSON.parse(list.dataset.words);
  const [zh, en] = ["zh", "en"].map((language, n) => {
    const input = Object.assign(document.createElement("input"), {
      type: "text",
      value: section.dataset[language],
      placeholder: words[n],
      maxLength: 40,
    });
    input.setAttribute("aria-label", words[n]);
    return input;
  });
  const end = () => {
    const given = { zh: zh.value.trim(), en: en.value.trim() };
    const changed = given.zh !== section.dataset.zh || given.en !== section.dataset.en;
    if (given.zh || given.en) Object.assign(section.dataset, given);
    title.textContent = t(section.dataset.zh || section.dataset.en, section.dataset.en || section.dataset.zh);
    if (changed && (given.zh || given.en)) save({ sections: sections() }, list.dataset.said);
  };
  title.replaceChildren(zh, en);
  const first = t(zh, en);
  first.focus();
  first.select();
  title.addEventListener("focusout", () => {
    // Once it is known where the focus went: from one of the two to the other is not yet the end.
    setTimeout(() => title.contains(document.activeElement) || !title.contains(zh) || end());
  });
  title.addEventListener("keydown", (key) => {
    if (key.key === "Enter") key.target.blur();
  });
}
$("[data-add-section]", list)?.addEventListener("click", (event) => {
  const { zh, en, renameLabel } = event.currentTarget.dataset;
  const every = all("[data-section]", list);
  const made = every[0].cloneNode(true);
  Object.assign(made.dataset, { zh, en });
  $("h3", made).replaceChildren(Object.assign(document.createElement("span"), { textContent: t(zh, en) }));
  $("h3 span", made).dataset.title = "";
  const rename = Object.assign(document.createElement("button"), {
    type: "button",
    className: "icon-button",
    textContent: "✎",
  });
  rename.dataset.rename = "";
  rename.setAttribute("aria-label", renameLabel);
  $("h3", made).append(rename);
  $("ul", made).replaceChildren();
  delete $("ul", made).dataset.listens;
  every.at(-1).after(made);
  again();
  retitle(made);
});
const ticks = all("[data-columns] input", list);
if (ticks.length) {
  const columns = () => ticks.filter((one) => one.checked).map((one) => one.value);
  const draft = keepDraft({
    key: `columns:${list.dataset.kind}`,
    revision: list.dataset.revision,
    read: () => ({ columns: columns() }),
    write: (values) => {
      for (const one of ticks) one.checked = values.columns.includes(one.value);
      $(".columns-of-list", list).open = true;
    },
    place: $("#columns-note", list),
  });
  $("[data-columns]", list).addEventListener("change", draft);
  $("[data-save-columns]", list).addEventListener("click", async () => {
    if (await save({ columns: columns() }, list.dataset.said)) draft.taken();
  });
}

// ---- One field

const form = $("#field-form");
if (form) {
  const note = $("#publish-note");
  const box = $("#impact");
  const headline = $("[data-headline]");
  const fit = () => {
    const type = form.elements.type.value;
    for (const one of all("[data-for]", form)) one.hidden = !one.dataset.for.split(" ").includes(type);
  };
  const when = () => {
    const field = $("#when_field", form);
    if (!field) return;
    $("#when-value", form).hidden = !field.value;
    for (const one of all("[data-when]", form)) {
      one.hidden = one.dataset.when !== field.value;
      if (!one.hidden) $("#when_value", form).value = one.value;
    }
  };
  const missing = () => all("[required]", form).filter((one) => !one.value.trim());
  const status = () => {
    const root = $("[data-changed]", box);
    const [lacking] = missing();
    if (lacking) return said(note.dataset.missing, { what: lacking.dataset.label });
    const n = Number(root?.dataset.changed ?? 0);
    const isNew = form.elements.new.value === "1";
    const name = form.elements.label_zh.value;
    const words = root?.dataset.totals ? note.dataset.headline : note.dataset.headlineNone;
    headline.textContent = n && !isNew ? said(words, { name, n, totals: root.dataset.totals }) : headline.dataset.plain;
    if (!isNew && root && n === 0) return note.dataset.none;
    if ($("[data-typed]", box)?.value === "") return note.dataset.typed;
    return openIn(box) ? said(note.dataset.open, { n: openIn(box) }) : "";
  };
  const before = form.elements.active.value;
  const draft = keepDraft({
    key: `field:${list.dataset.kind}:${form.elements.new.value === "1" ? "+" : form.elements.name.value}`,
    form,
    revision: form.elements.revision.value,
    read: () => ({ ...valuesOf(form), options: JSON.parse(form.elements.options.value || "[]") }),
    write: ({ options: some, ...values }) => {
      putValues(form, values);
      form.elements.options.value = JSON.stringify(some);
      for (const one of all(`[data-when="${CSS.escape(form.elements.when_field?.value ?? "")}"]`, form)) {
        one.value = values.when_value?.[0] ?? "";
      }
    },
    place: $("#draft-note"),
  });
  let tell = () => {};
  const changed = () => {
    draft();
    tell();
  };
  options($("#options", form), form.elements.options, changed);
  fit();
  when();
  form.addEventListener("input", () => {
    fit();
    when();
    draft();
  });
  form.addEventListener("change", draft);
  tell = watch({ form, box, button: $("#publish"), note, body: () => new FormData(form), status });
  const turn = (selector, active) =>
    $(selector, form)?.addEventListener("click", (event) => {
      form.elements.active.value = active;
      event.currentTarget.hidden = true;
      const words = $("[data-retired-note]", form);
      if (words) words.hidden = false;
      changed();
    });
  turn("[data-retire]", "");
  turn("[data-restore]", "1");
  // A draft may have retired it, or brought it back.
  if (form.elements.active.value !== before) {
    $("[data-retire],[data-restore]", form).hidden = true;
    const words = $("[data-retired-note]", form);
    if (words) words.hidden = false;
  }
}
