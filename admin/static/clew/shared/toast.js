// What was just done, with the way back: the same toast as those a page comes with.
import { $ } from "./find.js";

const STAYS = 8000;

/** Show that something was saved, and 撤销 for the act `seq`; the words and the token are those of `form`. */
export function toast(form, seq) {
  for (const old of document.querySelectorAll(".toast.made")) old.remove();
  const at = document.createElement("div"),
    words = document.createElement("span"),
    back = document.createElement("form"),
    button = document.createElement("button");
  at.className = "toast made";
  words.textContent = form.dataset.saved;
  Object.assign(back, { method: "post", action: `/undo/${seq}` });
  for (const [name, value] of [
    ["csrf_token", $("[name=csrf_token]", form).value],
    ["next", location.pathname + location.search],
  ])
    back.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  Object.assign(button, { className: "undo", textContent: form.dataset.undo });
  back.append(button);
  at.append(words, back);
  $(".toasts").append(at);
  const leave = () => (at.matches(":hover,:focus-within") ? setTimeout(leave, STAYS) : at.remove());
  setTimeout(leave, STAYS);
}
