// The page of a kind's fields: their order and sections, and the form of one beside what publishing it touches.
import { $, all } from "../shared/find.js";
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
  if (answer.ok) list.dataset.revision = got.revision;
  toast(answer.ok ? words : got.error, answer.ok ? got.undo : "");
}
const sections = () =>
  all("[data-section]", list).map((one) => ({
    zh: one.dataset.zh,
    en: one.dataset.zh,
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
  const title = $("[data-title]", rename.parentElement);
  const input = Object.assign(document.createElement("input"), {
    type: "text",
    value: title.textContent,
    maxLength: 40,
  });
  title.replaceChildren(input);
  input.focus();
  const end = () => {
    const words = input.value.trim() || title.closest("[data-section]").dataset.zh;
    title.closest("[data-section]").dataset.zh = words;
    title.textContent = words;
    save({ sections: sections() }, list.dataset.said);
  };
  input.addEventListener("blur", end, { once: true });
  input.addEventListener("keydown", (key) => key.key === "Enter" && input.blur());
});
$("[data-add-section]", list)?.addEventListener("click", (event) => {
  const every = all("[data-section]", list);
  const made = every[0].cloneNode(true);
  const title = event.currentTarget.dataset.ask;
  made.dataset.zh = title;
  $("h3", made).replaceChildren(Object.assign(document.createElement("span"), { textContent: title }));
  $("h3 span", made).dataset.title = "";
  const rename = Object.assign(document.createElement("button"), {
    type: "button",
    className: "icon-button",
    textContent: "✎",
  });
  rename.dataset.rename = "";
  rename.setAttribute("aria-label", title);
  $("h3", made).append(rename);
  $("ul", made).replaceChildren();
  delete $("ul", made).dataset.listens;
  every.at(-1).after(made);
  again();
  rename.click();
});
$("[data-save-columns]", list)?.addEventListener("click", () => {
  const columns = all("[data-columns] input:checked", list).map((one) => one.value);
  save({ columns }, list.dataset.said);
});

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
  let changed = () => {};
  options($("#options", form), form.elements.options, () => changed());
  fit();
  when();
  form.addEventListener("input", () => {
    fit();
    when();
  });
  changed = watch({ form, box, button: $("#publish"), note, body: () => new FormData(form), status });
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
}
