// A list of records: choosing rows, filters without empty parts in the address, columns as one part of it.
import { areOn } from "../console/single-keys.js";
import { fill } from "../shared/fill.js";
import { $, all } from "../shared/find.js";
import { addressOf, show } from "./columns.js";

// Asked for anew each time: a list that changes elsewhere is swapped under us.
const picks = () => all("input[name=rowid]");

function tell() {
  const every = $("[data-all]"),
    told = $("[data-chosen]"),
    chosen = picks().filter((one) => one.checked).length;
  if (told) told.textContent = fill(told.dataset.chosen, { n: chosen });
  if (!every) return;
  every.checked = chosen > 0 && chosen === picks().length;
  every.indeterminate = chosen > 0 && chosen < picks().length;
}
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-all]")) for (const one of picks()) one.checked = target.checked;
  if (target.matches("[data-all],input[name=rowid]")) tell();
});
document.addEventListener("clew:swapped", tell);
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input:not([type=checkbox]),textarea,select,dialog");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "x" && areOn()) $("tr.at input[name=rowid]")?.click();
});

/** An address says only what was filled in. */
document.addEventListener("formdata", ({ target, formData }) => {
  if (target.matches("form[data-lean]"))
    for (const [name, value] of [...formData.entries()]) if (!value) formData.delete(name);
  if (!target.matches("form[data-columns]")) return;
  const chosen = formData.getAll("cols").join(",");
  formData.delete("cols");
  formData.set("cols", chosen);
});
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-columns]")) return;
  event.preventDefault();
  const address = addressOf(form.getAttribute("action"), new FormData(form), new URLSearchParams(location.search));
  try {
    await show(address);
    $(".menu.right summary")?.focus();
  } catch {
    location.assign(address);
  }
});

// One menu at a time; Esc and a click beside it close it. Asked for anew, for columns that are chosen swap them.
const menus = () => all("details.menu");
const close = (but) => {
  for (const one of menus()) if (one !== but) one.open = false;
};
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.matches("details.menu") && target.open) close(target);
  },
  true,
);
document.addEventListener("click", (event) => close(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  const open = menus().find((one) => one.open);
  if (event.key !== "Escape" || !open) return;
  close();
  $("summary", open).focus();
});
tell();
