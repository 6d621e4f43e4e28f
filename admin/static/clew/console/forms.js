// Selects that filter submit at once; forms that may not be sent yet say what is missing.
import { $, all } from "../shared/find.js";
import { toldMissing } from "./missing.js";

for (const select of all("[data-submit]")) select.addEventListener("change", () => select.form.requestSubmit());

function gate(form) {
  const button = $("button[type=submit]", form),
    note = $("[data-missing]", form);
  const check = () => {
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
