// A bulk act goes on in parts, one request each, and says how far it is; stopped or cut off, what is done stands.
import { fill } from "../shared/fill.js";
import { $ } from "../shared/find.js";

const form = $("[data-batch]");

async function part() {
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new FormData(form),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()).left;
}

async function run() {
  const { total, words, failed } = form.dataset;
  const [bar, told, stop, go] = ["progress", "[data-told]", "[data-stop]", "[data-go]"].map((one) => $(one, form));
  let isStopped = false;
  stop.hidden = false;
  go.hidden = true;
  stop.addEventListener("click", () => {
    isStopped = true;
  });
  try {
    for (let left = Number(form.dataset.waitsFor); left > 0 && !isStopped; ) {
      const before = left;
      left = await part();
      bar.value = total - left;
      told.textContent = fill(words, { left, total });
      if (left >= before) break;
    }
    location.reload();
  } catch {
    told.textContent = failed;
    stop.hidden = true;
    go.hidden = false;
  }
}
// A batch just begun goes on by itself; one that was stopped waits for a click.
if (form) {
  form.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    run();
  });
  if (new URLSearchParams(location.search).has("go")) {
    history.replaceState(null, "", location.pathname);
    run();
  }
}
