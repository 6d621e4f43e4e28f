// Lists that are put in order: dragged, or with Alt ↑ ↓ on the grip. Lists of one group take from each other.
import { all } from "../shared/find.js";

let dragged = null;

/** Move an item one place; over the end of its list it goes on to the next list of `lists`. */
export function step(item, down, lists) {
  const list = item.parentElement;
  const next = down ? item.nextElementSibling : item.previousElementSibling;
  if (next) {
    if (down) next.after(item);
    else next.before(item);
    return true;
  }
  const other = lists[lists.indexOf(list) + (down ? 1 : -1)];
  if (!other) return false;
  if (down) other.prepend(item);
  else other.append(item);
  return true;
}

/** Let the items of these lists be put in order; `done(item)` is called after each move. */
export function sortable(lists, done) {
  const here = () => lists().filter((one) => one.isConnected);
  const drop = (list, event) => {
    const over = event.target.closest("li");
    if (over && over !== dragged && over.parentElement === list) {
      const { top, height, left, width } = over.getBoundingClientRect();
      const late = list.dataset.across ? event.clientX > left + width / 2 : event.clientY > top + height / 2;
      if (late) over.after(dragged);
      else over.before(dragged);
    } else if (!over) list.append(dragged);
  };
  const listen = (list) => {
    if (list.dataset.listens) return;
    list.dataset.listens = "1";
    list.addEventListener("dragstart", (event) => {
      dragged = event.target.closest("li");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", dragged.dataset.name ?? "");
      dragged.classList.add("dragged");
    });
    list.addEventListener("dragover", (event) => {
      if (!dragged || !here().includes(list) || !here().includes(dragged.parentElement)) return;
      event.preventDefault();
      drop(list, event);
    });
    list.addEventListener("drop", (event) => event.preventDefault());
    list.addEventListener("dragend", () => {
      const item = dragged;
      dragged = null;
      item?.classList.remove("dragged");
      if (item) done(item);
    });
    list.addEventListener("keydown", (event) => {
      const across = list.dataset.across;
      const keys = across ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
      const at = ["ArrowUp", "ArrowDown", ...keys].indexOf(event.key);
      const item = event.target.closest("li");
      if (!event.altKey || at < 0 || !item) return;
      event.preventDefault();
      if (step(item, at % 2 === 1, here())) {
        done(item);
        all("[data-grip]", item)[0]?.focus();
      }
    });
  };
  for (const list of here()) listen(list);
  return () => here().forEach(listen);
}
