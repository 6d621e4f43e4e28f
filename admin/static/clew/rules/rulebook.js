// The rule pages: a switch asks in words, what can't be taken back wants the name typed, an undo shows how far it is.

(() => {
  const $ = (q, at = document) => at.querySelector(q);
  const all = (q, at = document) => [...at.querySelectorAll(q)];
  const box = $("#rb-confirm");
  let asked = null;
  all("form[data-confirm]").forEach((form) =>
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      asked = form;
      $("h2", box).textContent = form.dataset.confirm;
      $("[data-consequence]", box).textContent = form.dataset.consequence;
      $("[data-yes]", box).textContent = form.dataset.act;
      box.showModal();
      $("[data-yes]", box).focus();
    }),
  );
  // form.submit() raises no submit event: it is not asked twice.
  if (box)
    $("[data-yes]", box).addEventListener("click", () => {
      box.close();
      asked.submit();
    });
  all("form[data-typed]").forEach((form) => {
    const input = $("[data-typed-name]", form),
      button = $("button[type=submit]", form);
    const check = () => button.setAttribute("aria-disabled", String(input.value.trim() !== form.dataset.typed));
    form.addEventListener("input", check);
    form.addEventListener("submit", (event) => {
      check();
      if (button.getAttribute("aria-disabled") === "true") {
        event.preventDefault();
        input.focus();
      }
    });
    check();
  });
  const undo = $("[data-undo]");
  if (!undo) return;
  const bar = $("progress", undo),
    far = $("[data-far]", undo),
    stop = $("[data-stop]", undo),
    on = $("[data-on]", undo);
  const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  let start = 0,
    going = false;
  const run = async () => {
    going = true;
    stop.hidden = false;
    on.hidden = true;
    const began = performance.now(),
      from = start;
    while (going) {
      let said;
      try {
        const body = new URLSearchParams({ start: String(start), csrf_token: undo.dataset.csrf });
        const answer = await fetch(undo.dataset.undo, { method: "POST", body });
        said = await answer.json();
        if (!answer.ok) throw new Error(said.error);
      } catch (error) {
        far.textContent = undo.dataset.failedWords + error.message;
        break;
      }
      start = said.done;
      bar.value = said.done;
      const seconds = Math.max(0.1, (performance.now() - began) / 1000),
        rate = Math.max(1, Math.round((start - from) / seconds));
      far.textContent =
        fill(undo.dataset.words, said) +
        " · " +
        fill(undo.dataset.rate, { rate, left: Math.ceil((said.all - said.done) / rate) });
      if (said.done >= said.all) {
        location.reload();
        return;
      }
    }
    stop.hidden = true;
    on.hidden = false;
    if (!going) far.textContent += " · " + undo.dataset.stopped;
    going = false;
    on.focus();
  };
  stop.addEventListener("click", () => {
    going = false;
  });
  on.addEventListener("click", run);
  run();
})();
