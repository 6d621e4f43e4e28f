// Values edited where they stand: a click opens one, Enter saves it, Esc puts it back. What is refused stays typed.

import { fill } from "../shared/fill.js";
import { $, all } from "../shared/find.js";
import { toast } from "../shared/toast.js";

const inputs = (at) => all(".field input,.field select,.field textarea", at);
const typed = (at) =>
  inputs(at)
    .filter((one) => one.type !== "hidden" && (one.type !== "checkbox" || one.checked))
    .map((one) => one.value)
    .join("\n");

function set(at, text) {
  const several = text.split("\n");
  for (const one of inputs(at))
    if (one.type === "checkbox") one.checked = several.includes(one.value);
    else if (one.type !== "hidden") one.value = text;
}

class Value {
  constructor(at, form) {
    this.at = at;
    this.form = form;
    this.name = at.dataset.name;
    this.button = $("button.shown", at);
    this.before = typed(at);
    this.button.addEventListener("click", () => this.open());
    at.addEventListener("keydown", (event) => this.key(event));
    at.addEventListener("focusout", (event) => {
      if (!at.contains(event.relatedTarget) && typed(at) === this.before) this.close();
    });
    const actions = document.createElement("p");
    actions.className = "acts";
    actions.append(
      this.act(form.dataset.save, "button small primary", () => this.save()),
      this.act(form.dataset.restore, "button small", () => this.restore()),
    );
    at.append(actions);
    if (at.classList.contains("open")) this.before = this.was.value;
  }
  get was() {
    return $(`[name="was-${CSS.escape(this.name)}"]`, this.at);
  }
  get input() {
    return inputs(this.at).find((one) => one.type !== "hidden");
  }
  act(words, look, does) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: words, className: look });
    button.addEventListener("click", does);
    return button;
  }
  open() {
    this.at.classList.add("open");
    this.input.focus();
    this.input.select?.();
  }
  close() {
    this.at.classList.remove("open");
    this.told("");
  }
  restore() {
    set(this.at, this.before);
    this.close();
    this.button.focus();
  }
  key(event) {
    if (event.isComposing || !event.target.closest(".field")) return;
    if (event.key === "Escape") this.restore();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.target.type !== "textarea")) {
      event.preventDefault();
      this.save();
    }
  }
  /** Say below the input what is wrong, and offer what was probably meant. */
  told(problem, likely = "", offered = likely) {
    const field = $(".field", this.at),
      id = `f-${this.name}-error`;
    field.classList.toggle("bad", Boolean(problem));
    for (const old of all(".error,.likely,.offer", this.at)) old.remove();
    this.input.removeAttribute("aria-invalid");
    this.input.removeAttribute("aria-describedby");
    if (!problem) return;
    const words = document.createElement("span");
    Object.assign(words, { className: "error", id, textContent: problem });
    words.setAttribute("role", "alert");
    field.append(words);
    this.input.setAttribute("aria-invalid", "true");
    this.input.setAttribute("aria-describedby", id);
    if (!likely) return;
    const offer = this.act(fill(this.form.dataset.likely, { value: offered }), "button small offer", () => {
      this.input.focus(); // The offer goes, and takes no focus along.
      set(this.at, likely);
      this.save();
    });
    $(".acts", this.at).prepend(offer);
  }
  async save() {
    if (typed(this.at) === this.before) return this.restore();
    const body = new FormData();
    body.set("csrf_token", $("[name=csrf_token]", this.form).value);
    body.set(this.was.name, this.was.value);
    for (const one of inputs(this.at)) if (one.type !== "checkbox" || one.checked) body.append(one.name, one.value);
    const answer = await this.asked(body);
    if (!answer) return this.told(this.form.dataset.offline);
    if (answer.confirm) return HTMLFormElement.prototype.submit.call(this.form);
    const found = answer.values[this.name];
    if (found) this.was.value = found.was;
    const problem = [found?.problem, ...answer.others].filter(Boolean).join("；");
    if (problem) {
      this.told(problem, found?.likely, found?.likely_words);
      this.input.focus();
    } else this.saved(found, answer.undo);
  }
  async asked(body) {
    try {
      const answer = await fetch(this.form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      return await answer.json();
    } catch {
      return undefined;
    }
  }
  saved(found, undo) {
    if (found) {
      set(this.at, found.was);
      this.before = typed(this.at);
      this.button.textContent = found.shown;
      this.button.setAttribute("aria-label", `${$(".label", this.at).textContent}: ${found.shown}`);
    }
    this.close();
    this.button.focus();
    $("[data-told]", this.form).textContent = this.form.dataset.saved;
    if (undo) toast(this.form, undo);
  }
}

function inPlace(form) {
  const values = all(".value:has(button.shown)", form).map((at) => new Value(at, form));
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "likely") return;
    event.preventDefault();
    for (const one of values) if (one.at.classList.contains("open")) one.save();
  });
}
for (const form of all("form[data-in-place]")) inPlace(form);
document.addEventListener("clew:swapped", ({ detail }) => {
  for (const form of all("form[data-in-place]", detail.part)) inPlace(form);
});
