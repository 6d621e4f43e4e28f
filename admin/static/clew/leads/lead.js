// One lead: a link to a field of this page puts the cursor there.
import { all } from "../shared/find.js";

for (const link of all(".lead-head a[href^='#'],.next-step a[href^='#']"))
  link.addEventListener("click", (event) => {
    const target = document.querySelector(link.getAttribute("href"));
    if (!target) return;
    event.preventDefault();
    if (target.matches("details")) target.open = true;
    target.scrollIntoView({ block: "center" });
    (target.matches("textarea,input") ? target : target.querySelector("input:not([type=hidden]),textarea"))?.focus();
  });
