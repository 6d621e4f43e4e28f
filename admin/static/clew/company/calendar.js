// The page of a working calendar: windows are dragged, or moved by keys; what that would do to deadlines is asked for.
import { $, all } from "../shared/find.js";
import { t } from "../shared/language.js";
import { called, DAY, moved, read, STEP, stepped, written } from "./week.js";

const form = $("#week");
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const EDGE = 8;
const input = (day) => $(`#win-${day}`);
const track = (day) => $(`.cal-track[data-day="${day}"]`);

const bar = (day, window, at) => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `cal-bar${window.end > DAY ? " night" : ""}`;
  made.dataset.at = at;
  made.style.left = `${(window.start / DAY) * 100}%`;
  made.style.width = `${((Math.min(window.end, DAY) - window.start) / DAY) * 100}%`;
  made.textContent = called(window, t("次日 {}", "{} next day"));
  const name = track(day).closest(".cal-day").querySelector(".cal-name").textContent;
  made.setAttribute("aria-label", `${name} ${written([window])}`);
  return made;
};
const rest = (window) => {
  const made = document.createElement("span");
  made.className = "cal-bar night rest";
  made.style.left = "0";
  made.style.width = `${((window.end - DAY) / DAY) * 100}%`;
  made.textContent = t("至 ", "to ") + called({ start: window.end - DAY, end: DAY }, "").split("–")[0];
  return made;
};
const draw = () => {
  for (const [number, day] of DAYS.entries()) {
    const windows = read(input(day).value);
    const before = read(input(DAYS[(number + 6) % 7]).value).filter((one) => one.end > DAY);
    track(day).replaceChildren(...before.map(rest), ...windows.map((one, at) => bar(day, one, at)));
    const minutes = windows.reduce((sum, one) => sum + one.end - one.start, 0);
    const said = track(day).closest(".cal-day").querySelector(".cal-sum");
    said.textContent = minutes
      ? t(`${+(minutes / 60).toFixed(2)} 小时`, `${+(minutes / 60).toFixed(2)} h`)
      : t("不上班", "Not worked");
  }
};

// ---- What a change would do, asked a moment after the last one

let waiting = 0,
  asking = null;
const say = (words) => {
  $("[data-said]", form).textContent = words;
};
const ask = async () => {
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(form.dataset.preview, {
      method: "POST",
      body: new FormData(form),
      signal: asking.signal,
    });
    const found = await answer.json();
    say(answer.ok ? t(`改之前先看：${found.said}`, `Before you save: ${found.said}`) : found.error);
  } catch (error) {
    if (error.name !== "AbortError") say("");
  }
};
const changed = (day) => {
  const above = $(`[name="above-${day}"]`, form);
  if (above) above.checked = false;
  draw();
  clearTimeout(waiting);
  waiting = setTimeout(ask, 400);
};
const set = (day, windows) => {
  const text = written(windows);
  if (text === input(day).value) return;
  input(day).value = text;
  changed(day);
};

// ---- By keys: Alt ← → moves a window, with Shift its end; Delete takes it out

form.addEventListener("keydown", (event) => {
  const one = event.target.closest(".cal-bar");
  if (!one || one.classList.contains("rest")) return;
  const day = one.closest(".cal-track").dataset.day,
    at = +one.dataset.at,
    windows = read(input(day).value);
  if (event.key === "Delete") {
    set(day, windows.toSpliced(at, 1));
    return;
  }
  if (!event.altKey || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  event.preventDefault();
  set(day, moved(windows, at, event.key === "ArrowLeft" ? -STEP : STEP, event.shiftKey ? "end" : "both"));
  all(".cal-bar:not(.rest)", track(day))[at]?.focus();
});

// ---- By dragging: the middle moves a window, an edge stretches it

let drag = null;
form.addEventListener("pointerdown", (event) => {
  const one = event.target.closest(".cal-bar:not(.rest)");
  if (!one) return;
  const day = one.closest(".cal-track").dataset.day,
    box = one.getBoundingClientRect();
  const edge = event.clientX - box.left < EDGE ? "start" : box.right - event.clientX < EDGE ? "end" : "both";
  drag = { day, at: +one.dataset.at, edge, x: event.clientX, windows: read(input(day).value) };
  event.preventDefault();
});
addEventListener("pointermove", (event) => {
  if (!drag) return;
  const by = stepped(((event.clientX - drag.x) / track(drag.day).clientWidth) * DAY);
  set(drag.day, moved(drag.windows, drag.at, by, drag.edge));
});
addEventListener("pointerup", () => {
  const last = drag;
  drag = null;
  if (last) all(".cal-bar:not(.rest)", track(last.day))[last.at]?.focus();
});
form.addEventListener("input", (event) => {
  const day = event.target.name?.startsWith("win-") ? event.target.name.slice(4) : "";
  if (day) changed(day);
});

draw();
for (const dialog of all("dialog[data-open]")) dialog.showModal();
