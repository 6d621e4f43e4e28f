// Drafts survive a reload and a refusal: what was sent is forgotten by the next page that shows no failure.
import { $, all } from "../shared/find.js";
import { kept, parsed } from "./kept.js";

const SENT = "clew-draft-sent";
const sent = sessionStorage.getItem(SENT);
if (sent && !$("form.sign")) {
  if (!$("[data-failed],.toast.error,.field.bad,form .error")) localStorage.removeItem(sent);
  sessionStorage.removeItem(SENT);
}

/** Forget a draft once it is taken: the next page that shows no failure does so. */
export const forgetOnceTaken = (key) => sessionStorage.setItem(SENT, key);

function restore(form, key) {
  const values = parsed(localStorage.getItem(key));
  if (!values) localStorage.removeItem(key);
  for (const [name, value] of Object.entries(values ?? {})) {
    const field = form.elements[name];
    if (field && "value" in field && !field.value) field.value = value;
  }
}
function draft(form) {
  const key = `clew-draft:${form.dataset.draft}`;
  restore(form, key);
  form.addEventListener("input", () => {
    localStorage.setItem(key, JSON.stringify(kept(all("input[type=text],textarea", form))));
  });
  form.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) forgetOnceTaken(key);
  });
  form.dispatchEvent(new Event("input"));
}
for (const form of all("form[data-draft]")) draft(form);
document.addEventListener("clew:swapped", ({ detail }) => {
  for (const form of all("form[data-draft]", detail.part)) draft(form);
});
