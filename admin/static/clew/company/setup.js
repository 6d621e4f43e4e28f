// The list of people is checked as a cell is left or a question answered, without losing the place; links are copied.
import { $, all } from "../shared/find.js";
import { csv } from "./links.js";

const SWAPPED = ["headline", "people", "as-things-stand"];

async function swap(form, submitter) {
  const sent = new FormData(form, submitter);
  if (!submitter) sent.set("act", "check");
  const at = document.activeElement?.name;
  form.setAttribute("aria-busy", "true");
  const answer = await fetch(form.action, { method: "POST", body: sent, credentials: "same-origin" });
  if (answer.redirected && new URL(answer.url).pathname !== "/setup/") return location.assign(answer.url);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.getElementById("people")) return form.submit();
  for (const id of SWAPPED) document.getElementById(id)?.replaceWith(page.getElementById(id));
  begin();
  if (at) document.getElementsByName(at)[0]?.focus();
  else $("#roster tr.note .button")?.focus();
}

function begin() {
  const form = $("#roster");
  form?.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.getAttribute("aria-disabled") === "true") return event.preventDefault();
    if (["all", "good"].includes(button?.value) && button.name === "act") return;
    event.preventDefault();
    swap(form, button).catch(() => form.submit());
  });
  form?.addEventListener("change", () => swap(form).catch(() => form.submit()));
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
