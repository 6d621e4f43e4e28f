// The head of the page: name, state, when it was saved, and what can be done with the draft.
import { nOf, quoted, t } from "../shared/language.js";
import { ask, h, icon, tag, toast } from "./dom.js";
import { WAITS } from "./saving.js";

const WORDS = {
  draft: [t("草稿", "Draft"), "risk", "pencil"],
  review: [t("待审批", "In review"), "risk", "hourglass"],
  approved: [t("已批准", "Approved"), "done", "check"],
};

export function drawHead(ctx, tools) {
  const { slots, version, current, store } = ctx,
    title = store.doc.title?.[t("zh", "en")] || store.doc.title?.zh || store.doc.id || t("新规则", "New rule");
  slots.title.textContent = title;
  const [words, tone, mark] = WORDS[version?.state] || [];
  slots.tags.replaceChildren(
    ...[
      words ? tag(`${words} v${version.number}`, tone, mark) : null,
      current
        ? tag(
            current.retired
              ? t(`v${current.version} 已退役`, `v${current.version} retired`)
              : current.enabled
                ? t(`v${current.version} 生效中`, `v${current.version} in force`)
                : t(`v${current.version} 已停用`, `v${current.version} off`),
            current.enabled ? "done" : "",
            current.enabled ? "circle-check" : "",
          )
        : null,
    ].filter(Boolean),
  );
  slots.meta.replaceChildren(...meta(ctx, tools));
  buttons(ctx, tools, title);
  approver(ctx);
}

function meta(ctx, { saving }) {
  const { version, preview } = ctx,
    parts = [];
  if (saving.failed || saving.status) parts.push(h("span", { class: saving.failed ? "late" : "" }, saving.status));
  else if (version)
    parts.push(
      t(`${version.author} · ${moment(version.at)} 自动保存`, `${version.author} · saved ${moment(version.at)}`),
    );
  else if (ctx.readOnly)
    parts.push(t("只读：你可以看、可以试算，不能改", "Read only: you may look and try, not change"));
  else if (ctx.isNew) parts.push(WAITS);
  else
    parts.push(
      t(
        "改一处就会开始一份草稿，不影响现行版本",
        "The first change begins a draft; the version in force stays as it is",
      ),
    );
  if (version && preview?.changes)
    parts.push(
      t(`v${version.number} 改动 ${preview.changes} 处`, `v${version.number}: ${nOf(preview.changes, "change")}`),
    );
  if (version?.note && version.reviewer && version.state === "draft")
    parts.push(
      h(
        "span",
        { class: "risk" },
        t(`${version.reviewer} 退回：${version.note}`, `Sent back by ${version.reviewer}: ${version.note}`),
      ),
    );
  const found = parts.flatMap((one, index) => (index ? [" · ", one] : [one]));
  if (version && ctx.current && preview?.changes)
    found.push(
      " ",
      h(
        "a",
        { href: `/rules/${encodeURIComponent(ctx.api.code)}/compare?a=${ctx.current.version}&b=${version.number}` },
        t(`与 v${ctx.current.version} 对比`, `Compare with v${ctx.current.version}`),
      ),
    );
  return found;
}
function moment(iso) {
  const at = new Date(iso),
    clock = iso.slice(11, 16),
    month = Number(iso.slice(5, 7)),
    day = Number(iso.slice(8, 10));
  return t(`${month}月${day}日 ${clock}`, `${day} ${at.toLocaleString("en", { month: "short" })} ${clock}`);
}

function buttons(ctx, tools, title) {
  const { slots, store, version, readOnly } = ctx;
  if (!slots.buttons.childElementCount) build(ctx, tools);
  const el = (name) => slots.buttons.querySelector(`[data-act=${name}]`);
  for (const [name, can] of [
    ["undo", store.canUndo],
    ["redo", store.canRedo],
  ])
    el(name)?.setAttribute("aria-disabled", String(!can));
  el("discard")?.toggleAttribute("hidden", !version);
  const backtest = el("backtest");
  backtest.toggleAttribute("hidden", !version);
  if (version) backtest.href = `/backtests/?version=${version.id}`;
  const submit = el("submit");
  submit?.setAttribute("aria-disabled", String(Boolean(tools.why)));
  submit?.classList.toggle("primary", !tools.why);
  slots.reason.textContent = readOnly ? "" : tools.why;
  ctx.headTitle = title;
  ctx.why = tools.why;
}

function build(ctx, tools) {
  const { slots, store, readOnly } = ctx;
  const small = (act, mark, label, keys, run) =>
    h(
      "button",
      {
        type: "button",
        class: "button",
        "aria-label": `${label}（${keys}）`,
        title: `${label}（${keys}）`,
        "aria-keyshortcuts": keys.replace("Ctrl ", "Control+"),
        data: { act },
        on: { click: run },
      },
      icon(mark),
    );
  slots.buttons.append(
    ...[
      readOnly ? null : small("undo", "undo", t("撤销", "Undo"), "Ctrl Z", () => store.undo()),
      readOnly ? null : small("redo", "redo", t("重做", "Redo"), "Ctrl Y", () => store.redo()),
      readOnly
        ? null
        : h(
            "button",
            { type: "button", class: "button", data: { act: "discard" }, on: { click: () => discard(ctx) } },
            icon("trash"),
            t("放弃草稿", "Discard"),
          ),
      h(
        "a",
        { class: "button", href: "/backtests/", data: { act: "backtest" } },
        icon("history"),
        t("回测", "Backtest"),
      ),
      readOnly
        ? null
        : h(
            "button",
            {
              type: "button",
              class: "button primary",
              "aria-describedby": "submit-reason",
              data: { act: "submit", key: "submit" },
              on: { click: () => submit(ctx, tools) },
            },
            icon("send"),
            t("提交审批", "Send for approval"),
          ),
    ].filter(Boolean),
  );
}

async function submit(ctx, tools) {
  if (ctx.why) {
    ctx.slots.live.textContent = ctx.why;
    if (ctx.preview?.problems[0]) tools.go(ctx.preview.problems[0].path);
    return;
  }
  const names = (ctx.version?.approvers || []).join(t("、", ", "));
  const note = await ask({
    title: t(`提交${quoted(ctx.headTitle)}审批`, `Send ${quoted(ctx.headTitle)} for approval`),
    text: names
      ? t(
          `会通知 ${names}。批准前，现行版本照常执行。`,
          `${names} will be told. Until it is approved the version in force goes on.`,
        )
      : t("批准前，现行版本照常执行。", "Until it is approved the version in force goes on."),
    field: t("改了什么、为什么（选填）", "What changed, and why (optional)"),
    action: t("提交审批", "Send for approval"),
  });
  if (note === null || !(await tools.saving.flush())) return;
  try {
    ctx.saved(await ctx.api.call("submit", { note }));
    toast(
      ctx.slots.toasts,
      t("已提交审批；再改会把它收回成草稿", "Sent for approval; a further change takes it back as a draft"),
    );
  } catch (error) {
    if (error.code === "outdated") await rebase(ctx, tools, error.message);
    else toast(ctx.slots.toasts, error.problems[0]?.text || error.message, { error: true });
  }
  tools.saving.changed();
}

async function rebase(ctx, tools, text) {
  const merge = t("合并到现行版本上", "Merge onto the version in force");
  if ((await ask({ title: t("现行版本已经更新", "The version in force is newer"), text, action: merge })) !== merge)
    return;
  const found = await ctx.api.call("rebase", {});
  ctx.saved(found);
  tools.reset(found.document);
  toast(ctx.slots.toasts, t("已合并；请看一遍再提交", "Merged: look through it, then send it"));
}

async function discard(ctx) {
  const act = t("放弃草稿", "Discard the draft");
  const yes = await ask({
    title: t(
      `放弃${quoted(ctx.headTitle)}的草稿 v${ctx.version.number}？`,
      `Discard draft v${ctx.version.number} of ${quoted(ctx.headTitle)}?`,
    ),
    text: ctx.current
      ? t(
          "现行版本不受影响；草稿会留在历史里。",
          "The version in force stays as it is; the draft is kept in the history.",
        )
      : t(
          "这条规则还没有生效过；草稿会留在历史里。",
          "This rule was never in force; the draft is kept in the history.",
        ),
    action: act,
    danger: true,
  });
  if (yes !== act) return;
  try {
    location.href = (await ctx.api.call("discard", { revision: ctx.version.revision })).to;
  } catch (error) {
    toast(ctx.slots.toasts, error.message, { error: true });
  }
}

function approver(ctx) {
  const names = ctx.version?.approvers || [];
  ctx.slots.approver.hidden = !names.length;
  ctx.slots.approver.replaceChildren(
    ...(names.length
      ? [
          h("span", { class: "avatar", "aria-hidden": "true" }, names[0].slice(0, 1)),
          h(
            "div",
            {},
            h(
              "p",
              {},
              t(
                `审批人 ${names.slice(0, 3).join("、")}${names.length > 3 ? " 等" : ""}`,
                `Approvers: ${names.slice(0, 3).join(", ")}${names.length > 3 ? " and others" : ""}`,
              ),
            ),
            h("p", { class: "muted small" }, t("作者不能审批自己的规则", "Nobody approves a rule of their own")),
          ),
        ]
      : []),
  );
}
