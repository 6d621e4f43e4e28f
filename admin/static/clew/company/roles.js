// A changed cell shows at once what the draft would do: the page is asked for anew, and focus stays where it was.
import { $ } from "../shared/find.js";

const main = $("#main");
let asked = 0;

async function show(form) {
  const mine = ++asked;
  const focused = document.activeElement?.name;
  const answer = await fetch(form.dataset.draftAt, { method: "POST", body: new FormData(form) });
  if (!answer.ok || mine !== asked) return;
  const scrolled = $(".scroll", form)?.scrollLeft ?? 0;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  main.replaceChildren(...$("#main", page).childNodes);
  $("#role .scroll").scrollLeft = scrolled;
  if (focused) $(`#role [name="${CSS.escape(focused)}"]`)?.focus();
}

main.addEventListener("change", (event) => {
  const form = event.target.closest("#role");
  if (form && event.target.matches(".matrix select,.permissions input")) show(form);
});
main.addEventListener("submit", (event) => {
  if (event.submitter?.getAttribute("aria-disabled") === "true") event.preventDefault();
});
