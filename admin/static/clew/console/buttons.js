// Buttons that say what they do by data-do: the drawer, the theme, a demo's login, dialogs.
import { $ } from "../shared/find.js";
import { drawer, isOpen } from "./drawer.js";
import { find } from "./finder.js";

const page = document.documentElement;
const acts = {
  menu: () => drawer(!isOpen()),
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
  const button = event.target.closest("[data-do]");
  if (button) acts[button.dataset.do]?.(button);
});
