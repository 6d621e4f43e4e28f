// A payment that is not what its contract waits for takes a reason: asked for as soon as the contract is chosen.
import { $, all } from "../shared/find.js";

for (const form of all("form[data-match]")) {
  const choice = $("select", form),
    reason = $("[data-difference] input", form),
    check = () => {
      reason.required = Number(choice.selectedOptions[0].dataset.open) !== Number(form.dataset.match);
      form.dispatchEvent(new Event("input"));
    };
  choice.addEventListener("change", check);
  check();
}
