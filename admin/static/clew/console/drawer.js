// On a phone the rail is a drawer: Esc, a tap beside it or leaving it by Tab closes it, and focus goes back to its button.
import { $ } from "../shared/find.js";

export const isOpen = () => $(".rail")?.classList.contains("open") ?? false;
export const drawer = (open) => {
  const rail = $(".rail"),
    button = $(".menu-button");
  if (!rail || isOpen() === open) return;
  rail.classList.toggle("open", open);
  button.setAttribute("aria-expanded", String(open));
  (open ? $("a.item", rail) : button).focus();
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") drawer(false);
});
document.addEventListener("focusin", (event) => {
  if (isOpen() && !event.target.closest(".rail, dialog")) drawer(false);
});
