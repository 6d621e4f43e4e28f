// One lead: a link to a field of this page puts the cursor there.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".lead-head a[href^='#'],.next-step a[href^='#']");
  const target = link && document.querySelector(link.getAttribute("href"));
  if (!target) return;
  event.preventDefault();
  if (target.matches("details")) target.open = true;
  target.scrollIntoView({ block: "center" });
  (target.matches("textarea,input") ? target : target.querySelector("input:not([type=hidden]),textarea"))?.focus();
});
