// Inputs that name a record: what is typed is looked up, and the id of what is picked goes along.
import { $, all } from "../shared/find.js";

const WAIT = 150;

function namedBy(input) {
  const list = document.getElementById(input.getAttribute("list"));
  const id = $(`input[name="${input.dataset.id}"]`, input.form);
  let waiting = 0;
  let known = new Map();
  const pick = () => {
    id.value = known.get(input.value.trim()) ?? "";
  };
  const look = async () => {
    const asked = input.value.trim();
    const answer = await fetch(`${input.dataset.names}&query=${encodeURIComponent(asked)}`);
    if (!answer.ok || asked !== input.value.trim()) return;
    const found = await answer.json();
    known = new Map(found.map(([value, name]) => [name, value]));
    list.replaceChildren(...found.map(([, name]) => Object.assign(document.createElement("option"), { value: name })));
    pick();
  };
  input.addEventListener("focus", look, { once: true });
  input.addEventListener("input", () => {
    pick();
    clearTimeout(waiting);
    waiting = setTimeout(look, WAIT);
  });
}
for (const input of all("input[data-names]")) namedBy(input);
