// Selects that filter submit at once; forms that may not be sent yet say what is missing.
import { $, all } from "../shared/find.js";
import { toldMissing } from "./missing.js";

// By arrows one passes what one does not mean: what they chose is sent by Enter, or on leaving.
let byArrow = false,
  chosen = null;
const STEPS = /^(Arrow|Home|End|Page)/;
const send = (one) => {
  chosen = null;
  one.form.requestSubmit();
};
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-submit]")) return;
  if (byArrow) chosen = event.target;
  else send(event.target);
});
document.addEventListener("keydown", (event) => {
  byArrow = STEPS.test(event.key) && event.target.matches("[data-submit]");
  if (event.key !== "Enter" || !chosen || event.target !== chosen) return;
  event.preventDefault();
  send(chosen);
});
document.addEventListener("keyup", () => {
  byArrow = false;
});
document.addEventListener("pointerdown", () => {
  byArrow = false;
});
document.addEventListener("focusout", (event) => {
  if (event.target !== chosen || !event.relatedTarget) return;
  if (chosen.type === "radio" && chosen.form.contains(event.relatedTarget)) return;
  send(chosen);
});

/** Fields that are needed only while another one holds a certain value. */
function conditional(form) {
  for (const one of all("[data-needed-by]", form)) {
    const others = all(`[name="${CSS.escape(one.dataset.neededBy)}"]`, form);
    const held = others.filter((each) => each.type !== "checkbox" || each.checked).map((each) => each.value);
    one.required = held.some((value) => one.dataset.neededIn.split("|").includes(value));
  }
}
// A button that waits stays in reach, says why beside it, and does nothing.
document.addEventListener("click", (event) => {
  if (event.target.closest("button[aria-disabled=true]")) event.preventDefault();
});

function gate(form) {
  const button = $("button[type=submit]", form),
    note = $("[data-missing]", form);
  const check = () => {
    conditional(form);
    const missing = all("[required]", form).filter((one) => !one.value.trim());
    button.setAttribute("aria-disabled", String(missing.length > 0));
    if (note) note.textContent = toldMissing(note.dataset.missing, missing);
  };
  form.addEventListener("input", check);
  form.addEventListener("submit", (event) => {
    check();
    if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
  });
  check();
}
for (const form of all("form[data-gate]")) gate(form);
document.addEventListener("clew:swapped", ({ detail }) => {
  for (const form of all("form[data-gate]", detail.part)) gate(form);
});
