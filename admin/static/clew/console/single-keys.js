// Whether single keys are on: kept in this browser, switched in the sheet of keys.
import { $ } from "../shared/find.js";

const NAME = "clew-single-keys";

/** Whether single keys do anything; without storage they are on. */
export function areOn() {
  try {
    return localStorage.getItem(NAME) !== "off";
  } catch {
    return true;
  }
}

const box = $("[data-single-keys]");
if (box) {
  box.checked = areOn();
  box.addEventListener("change", () => {
    try {
      localStorage.setItem(NAME, box.checked ? "on" : "off");
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  });
}
