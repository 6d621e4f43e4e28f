// The list of people is checked as a cell is left or a question answered, without losing the place; links are copied.
import { $, all } from "../shared/find.js";
import { csv } from "./links.js";

const SWAPPED = ["headline", "people", "as-things-stand"];
let last = Promise.resolve();
let waiting = 0;

/** Check what stands in the form, and show what came of it. One after the other: an older answer never covers a newer. */
function check(form, submitter) {
  const sent = new FormData(form, submitter);
  if (!submitter) sent.set("act", "check");
  form.setAttribute("aria-busy", "true");
  waiting += 1;
  last = last.then(() => swap(form, sent)).catch(() => form.submit());
}

async function swap(form, sent) {
  const answer = await fetch(form.action, { method: "POST", body: sent, credentials: "same-origin" });
  if (answer.redirected && new URL(answer.url).pathname !== "/setup/") return location.assign(answer.url);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.getElementById("people")) return form.submit();
  const typed = typedSince(sent);
  const at = document.activeElement?.name;
  for (const id of SWAPPED) document.getElementById(id)?.replaceWith(page.getElementById(id));
  for (const [name, value] of typed) {
    const [field] = document.getElementsByName(name);
    if (field) field.value = value;
  }
  waiting -= 1;
  if (waiting) $("#roster")?.setAttribute("aria-busy", "true");
  begin();
  if (at) document.getElementsByName(at)[0]?.focus();
  else $("#roster tr.note .button")?.focus();
}

/** Return what was typed while an answer was on its way: it stays. */
function typedSince(sent) {
  const cells = all(".roster input[type=text]");
  return cells
    .filter((one) => sent.has(one.name) && one.value !== sent.get(one.name))
    .map((one) => [one.name, one.value]);
}

function begin() {
  const form = $("#roster");
  form?.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.getAttribute("aria-disabled") === "true") return event.preventDefault();
    if (["all", "good"].includes(button?.value) && button.name === "act") return;
    event.preventDefault();
    check(form, button);
  });
  form?.addEventListener("change", () => check(form));
  $("#paste")?.addEventListener("paste", () => setTimeout(() => $("#paste").requestSubmit()));
}
begin();

// Ctrl V anywhere on the open step, not only in its field.
document.addEventListener("paste", (event) => {
  const block = $("#block");
  if (!block || event.target.closest("input,textarea,select")) return;
  block.value = event.clipboardData.getData("text");
  $("#paste").requestSubmit();
});

const links = () => all("[data-link]").map((one) => all("td", one.closest("tr")).slice(0, 3));
const rows = () => links().map((cells) => cells.map((cell) => cell.textContent.trim()));
document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy],[data-copy-all]");
  const download = event.target.closest("[data-links-csv]");
  if (copy) {
    const text =
      copy.dataset.copy ??
      rows()
        .map((row) => row.join("\t"))
        .join("\n");
    await navigator.clipboard.writeText(text);
    $("span", copy).textContent = copy.dataset.copied;
  }
  if (download) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(
      new Blob([csv([download.dataset.heads.split(","), ...rows()])], { type: "text/csv" }),
    );
    link.download = download.dataset.linksCsv;
    link.click();
    URL.revokeObjectURL(link.href);
  }
});

// Rules to overwrite are those of the chosen size alone.
document.addEventListener("submit", () => {
  for (const box of all("[data-of]")) box.disabled = !$(`[name=size][value=${box.dataset.of}]`)?.checked;
});
