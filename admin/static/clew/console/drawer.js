// On a phone the rail is a drawer: Esc or a tap beside it closes it, and focus goes back to its button. What lies
// behind it can't be reached meanwhile.
import { $, all } from "../shared/find.js";

export const isOpen = () => $(".rail")?.classList.contains("open") ?? false;
export const drawer = (open) => {
  const rail = $(".rail"),
    button = $(".menu-button");
  if (!rail || isOpen() === open) return;
  rail.classList.toggle("open", open);
  for (const one of all(".shell > :not(.rail), .toasts")) one.inert = open;
  button.setAttribute("aria-expanded", String(open));
  (open ? $("a.item", rail) : button).focus();
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") drawer(false);
});
