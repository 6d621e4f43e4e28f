// Runs before the first paint, so that a page chosen dark does not flash light.

(() => {
  const saved = localStorage.getItem("clew-theme");
  if (saved) document.documentElement.dataset.theme = saved;
})();
