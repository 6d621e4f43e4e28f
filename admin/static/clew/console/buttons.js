// Buttons that say what they do by data-do: the drawer, the theme, a demo's login, dialogs.
import { $ } from "../shared/find.js";
import { drawer, isOpen } from "./drawer.js";
import { find } from "./finder.js";

const page = document.documentElement;
/** On a phone the rarer acts of a page lie behind one button. */
const more = (open) => {
  const button = $("[data-do=more]");
  if (!button || (button.getAttribute("aria-expanded") === "true") === open) return;
  button.setAttribute("aria-expanded", String(open));
  button.parentElement.classList.toggle("open", open);
};
const acts = {
  menu: () => drawer(!isOpen()),
  more: (button) => more(button.getAttribute("aria-expanded") !== "true"),
  theme: () => {
    const now = page.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    page.dataset.theme = now === "dark" ? "light" : "dark";
    localStorage.setItem("clew-theme", page.dataset.theme);
  },
  fill: (button) => {
    $("#name").value = button.dataset.name;
    $("#password").value = button.dataset.password;
    $("form.sign button[type=submit]").focus();
  },
  open: (button) => document.getElementById(button.dataset.dialog).showModal(),
  close: (button) => button.closest("dialog").close(),
  back: () => history.back(), // What was typed is still there.
  find,
  keys: () => $("#keys").showModal(),
};
document.addEventListener("click", (event) => {
  if (!event.target.closest(".rail,.menu-button")) drawer(false);
  if (!event.target.closest(".acts-bar,dialog")) more(false);
  const button = event.target.closest("[data-do]");
  if (button) acts[button.dataset.do]?.(button);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.target.closest("dialog") || !$(".acts-bar.open")) return;
  more(false);
  $("[data-do=more]").focus();
});
