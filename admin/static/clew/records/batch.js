// A bulk act is carried on by the worker: the page asks how far it is, and shows what came of it once it rests.
import { fill } from "../shared/fill.js";
import { $ } from "../shared/find.js";

const EVERY = 700;
const QUEUED_AFTER = 6000;
const card = $("[data-batch]");

async function asked() {
  const answer = await fetch(card.dataset.batch, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function follow() {
  const { words, rate, queued, failed } = card.dataset;
  const [bar, told] = ["progress", "[data-told]"].map((one) => $(one, card));
  const began = Date.now();
  let first = null;
  const look = async () => {
    try {
      const { state, left, total } = await asked();
      if (state !== "running") {
        location.reload();
        return;
      }
      first ??= left;
      const seconds = (Date.now() - began) / 1000;
      let said = fill(words, { left, total });
      if (left < first) said += fill(rate, { n: Math.ceil((left * seconds) / (first - left)) });
      else if (Date.now() - began > QUEUED_AFTER) said += queued;
      bar.value = total - left;
      told.textContent = said;
    } catch {
      told.textContent = failed;
    }
    setTimeout(look, EVERY);
  };
  setTimeout(look, EVERY);
}
if (card) follow();
