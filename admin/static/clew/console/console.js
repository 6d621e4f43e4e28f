// The console's small script: keys, drawer, theme, drafts, confirmations. Everything works without it but these.

(() => {
  const $ = (q, at = document) => at.querySelector(q);
  const all = (q, at = document) => [...at.querySelectorAll(q)];
  // On a phone the rail is a drawer: Esc or a tap beside it closes it, and focus goes back to its button.
  const drawer = (open) => {
    const rail = $(".rail"),
      button = $(".menu-button");
    if (!rail || rail.classList.contains("open") === open) return;
    rail.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
    (open ? $("a.item", rail) : button).focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") drawer(false);
  });
  document.addEventListener("click", (event) => {
    const at = event.target.closest("[data-do]");
    if (!event.target.closest(".rail,.menu-button")) drawer(false);
    if (!at) return;
    const what = at.dataset.do;
    if (what === "menu") drawer(!$(".rail").classList.contains("open"));
    if (what === "theme") {
      const dark =
        document.documentElement.dataset.theme === "dark" ||
        (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
      document.documentElement.dataset.theme = dark ? "light" : "dark";
      localStorage.setItem("clew-theme", document.documentElement.dataset.theme);
    }
    if (what === "fill") {
      $("#name").value = at.dataset.name;
      $("#password").value = at.dataset.password;
      $("form.sign button[type=submit]").focus();
    }
    if (what === "open") $("#" + at.dataset.dialog).showModal();
    if (what === "close") at.closest("dialog").close();
    if (what === "keys") $("#keys").showModal();
  });
  // Selects that filter submit at once; forms that may not be sent yet say what is missing.
  all("[data-submit]").forEach((el) => el.addEventListener("change", () => el.form.requestSubmit()));
  all("form[data-gate]").forEach((form) => {
    const button = $("button[type=submit]", form),
      note = $("[data-missing]", form);
    const check = () => {
      const missing = all("[required]", form)
        .filter((el) => !el.value.trim())
        .map((el) => el.dataset.label);
      button.setAttribute("aria-disabled", String(missing.length > 0));
      if (note) note.textContent = missing.length ? note.dataset.missing.replace("{}", missing.join("、")) : "";
    };
    form.addEventListener("input", check);
    form.addEventListener("submit", (event) => {
      check();
      if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
    });
    check();
  });
  // Drafts survive a reload and a refusal: what was sent is forgotten by the next page that shows no failure.
  const sent = sessionStorage.getItem("clew-draft-sent");
  if (sent && !$("form.sign")) {
    if (!$("[data-failed],.toast.error,.field.bad,form .error")) localStorage.removeItem(sent);
    sessionStorage.removeItem("clew-draft-sent");
  }
  all("form[data-draft]").forEach((form) => {
    const key = "clew-draft:" + form.dataset.draft;
    try {
      for (const [name, value] of Object.entries(JSON.parse(localStorage.getItem(key) || "{}"))) {
        const el = form.elements[name];
        if (el && "value" in el && !el.value) el.value = value;
      }
    } catch {
      localStorage.removeItem(key);
    }
    form.addEventListener("input", () => {
      const kept = {};
      all("input[type=text],textarea", form).forEach((el) => {
        if (el.name !== "csrf_token") kept[el.name] = el.value;
      });
      localStorage.setItem(key, JSON.stringify(kept));
    });
    form.addEventListener("submit", (event) => {
      if (!event.defaultPrevented) sessionStorage.setItem("clew-draft-sent", key);
    });
    form.dispatchEvent(new Event("input"));
  });
  setTimeout(
    () =>
      all(".toast:not(.error)").forEach((el) => {
        if (!el.matches(":hover,:focus-within")) el.remove();
      }),
    8000,
  );
  // Keys rest while typing.
  const rows = all("tr[data-href]");
  let at = -1,
    go = false;
  const move = (to) => {
    if (!rows.length) return;
    rows[at]?.classList.remove("at");
    at = Math.max(0, Math.min(rows.length - 1, to));
    rows[at].classList.add("at");
    rows[at].scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      $(".search input")?.focus();
      return;
    }
    if (event.target.closest("input,textarea,select,dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key;
    if (go) {
      go = false;
      const to = { t: "/", c: "/customers/", l: "/leads/", r: "/rules/" }[key];
      if (to) location.href = to;
      return;
    }
    if (key === "g") go = true;
    else if (key === "j") move(at + 1);
    else if (key === "k") move(at - 1);
    else if (key === "Enter" && at >= 0) location.href = rows[at].dataset.href;
    else if (key === "/") {
      const box = $("[data-find]") || $(".search input");
      if (box) {
        event.preventDefault();
        box.focus();
      }
    } else if (key === "?") $("#keys")?.showModal();
  });
})();
