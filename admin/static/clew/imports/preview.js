// Each tick of a value is kept as it is set, one after the other; the counts follow, and the page stays where it is.
import { $, all } from "../shared/find.js";

const form = $("#ticks"),
  told = $("[data-told]");

async function kept(box) {
  const body = new FormData();
  body.set("csrf_token", $("[name=csrf_token]", form).value);
  body.set("shown", box.value);
  if (box.checked) body.set("tick", box.value);
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function show(found) {
  told.textContent = found.told;
  for (const one of all("[data-field]")) one.textContent = found.fields[one.dataset.field] ?? one.textContent;
}

let last = Promise.resolve();
document.addEventListener("change", ({ target }) => {
  if (target.name !== "tick" || target.form !== form) return;
  last = last.then(async () => {
    try {
      show(await kept(target));
    } catch {
      target.checked = !target.checked;
      told.textContent = form.dataset.failed;
    }
  });
});

// What was probably meant is put in only by who presses it; nothing is sent by that.
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-likely]");
  if (!button) return;
  const input = document.getElementById(button.dataset.for);
  input.value = button.dataset.likely;
  input.focus();
});
