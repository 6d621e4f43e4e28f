// The rule pages: a switch asks in words, what can't be taken back wants the name typed, an undo shows how far it is.
import { $, all } from "../shared/find.js";
import { follow } from "./undoing.js";

const box = $("#rb-confirm");
let asked = null;
const confirmed = (form) =>
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    asked = form;
    $("h2", box).textContent = form.dataset.confirm;
    $("[data-consequence]", box).textContent = form.dataset.consequence;
    $("[data-yes]", box).textContent = form.dataset.act;
    box.showModal();
    $("[data-yes]", box).focus();
  });
for (const form of all("form[data-confirm]")) confirmed(form);
// form.submit() raises no submit event: it is not asked twice.
if (box)
  $("[data-yes]", box).addEventListener("click", () => {
    box.close();
    asked.submit();
  });

const wantsName = (form) => {
  const input = $("[data-typed-name]", form),
    button = $("button[type=submit]", form);
  const check = () => button.setAttribute("aria-disabled", String(input.value.trim() !== form.dataset.typed));
  form.addEventListener("input", check);
  form.addEventListener("submit", (event) => {
    check();
    if (button.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      input.focus();
    }
  });
  check();
};
for (const form of all("form[data-typed]")) wantsName(form);

const undo = $("[data-undo]");
if (undo) follow(undo);
