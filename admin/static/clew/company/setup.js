// The roster is checked again as a cell is left, links are copied at once, and a pasted block needs no button.
import { $, all } from "../shared/find.js";

const form = $("#roster");
for (const one of all(".roster input[type=text]")) {
  one.addEventListener("change", () => form.requestSubmit($("button[value=check]", form)));
}
for (const one of all(".roster input[type=radio],.roster input[type=checkbox]")) {
  one.addEventListener("change", () => form.requestSubmit($("button[value=check]", form)));
}
$("#block")?.addEventListener("paste", () => {
  setTimeout(() => form.requestSubmit($("details button[value=check]", form)));
});
form?.addEventListener("submit", (event) => {
  if (event.submitter?.getAttribute("aria-disabled") === "true") event.preventDefault();
});
for (const button of all("[data-copy-from]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copyFrom).value);
    button.lastChild.textContent = button.dataset.copied;
  });
}
