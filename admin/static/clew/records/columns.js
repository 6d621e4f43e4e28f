// Other columns are put in place: the same page of the list, with the same rows chosen, as the page itself would have them.
import { $, all } from "../shared/find.js";

const PLACE = ["page", "after", "before"];
const PARTS = ["main .head .actions", ".views", ".filters", "[data-live-rows]"];

/** The address of this page of the list with what a form chose. */
export function addressOf(action, chosen, here) {
  const said = new URLSearchParams(chosen);
  for (const name of PLACE) if (here.has(name)) said.set(name, here.get(name));
  return `${action}?${said}`;
}

/** Show the list as that address has it; rows that are chosen stay so. Throws where the answer is no such list. */
export async function show(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok || PARTS.some((part) => Boolean($(part)) !== Boolean($(part, fresh)))) throw new Error(address);
  const chosen = new Set(all("input[name=rowid]:checked").map((one) => one.value));
  const at = $("tr.at")?.dataset.href;
  for (const part of PARTS) $(part)?.replaceChildren(...$(part, fresh).childNodes);
  // Its buttons are called `action`, so the property of that name is theirs.
  $("form#bulk").setAttribute("action", $("form#bulk", fresh).getAttribute("action"));
  for (const one of all("input[name=rowid]")) one.checked = chosen.has(one.value);
  if (at) $(`tr[data-href="${CSS.escape(at)}"]`)?.classList.add("at");
  history.replaceState(null, "", address);
  document.dispatchEvent(new CustomEvent("clew:swapped", { detail: { part: $("[data-live-rows]") } }));
}
