/* Progressive enhancement of Mingcha (明察). Every page works without it; events are delegated, so htmx swaps need nothing. */
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  const clock = () => new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });

  let liveTimer;
  function say(text) {
    const live = $(".live");
    if (!live) return;
    live.textContent = text;
    clearTimeout(liveTimer);
    liveTimer = setTimeout(() => { live.textContent = ""; }, 4000);
  }

  /* Dialogs: one is built for confirmations, others stand in the page and open by data-dialog="id". */
  function element(name, attributes, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }
  function ask(text, { title = "请确认", yes = "确认", danger = false } = {}) {
    return new Promise((resolve) => {
      const body = element("p", { id: "mc-ask-text" });
      body.textContent = text;
      const dialog = element("dialog", { class: "dialog", "aria-labelledby": "mc-ask-title", "aria-describedby": "mc-ask-text" },
        element("h2", { id: "mc-ask-title" }, title), body,
        element("form", { method: "dialog", class: "form-actions" },
          element("button", { class: danger ? "btn danger" : "btn", value: "yes" }, yes),
          element("button", { class: "btn quiet", value: "no", autofocus: "" }, "取消")));
      document.body.append(dialog);
      dialog.addEventListener("close", () => { resolve(dialog.returnValue === "yes"); dialog.remove(); });
      dialog.showModal();
    });
  }
  const openDialog = (id) => { const dialog = document.getElementById(id); if (dialog && !dialog.open) dialog.showModal(); };

  /* Forms: confirm what cannot be undone, send once, save drafts, ask before leaving. */
  const dirty = new Set();
  const confirmed = new WeakSet();
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.method === "dialog") return;
    if (form.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
    const submitter = event.submitter;
    const asker = submitter?.dataset.confirm ? submitter : form;
    if (asker.dataset.confirm && !confirmed.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const { confirm, confirmTitle: title, confirmYes: yes } = asker.dataset;
      if (await ask(confirm, { title, yes, danger: "confirmDanger" in asker.dataset })) {
        confirmed.add(form);
        form.requestSubmit(submitter);
        confirmed.delete(form);
      } else submitter?.focus();
      return;
    }
    dirty.delete(form);
    clearTimeout(saving.get(form)?.timer);
    if (form.method !== "post" || form.matches("[hx-post],[hx-put],[hx-patch],[hx-delete]") || event.defaultPrevented) return;
    form.setAttribute("aria-busy", "true");
    if (submitter) {
      // Disabled only after the browser has collected the form, or the button's own name and value are lost.
      setTimeout(() => { submitter.setAttribute("aria-busy", "true"); submitter.setAttribute("aria-disabled", "true"); say("正在提交，请稍候。"); });
    }
  }, true);
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    $$("form[aria-busy]").forEach((form) => form.removeAttribute("aria-busy"));
    $$("[aria-busy][aria-disabled]").forEach((button) => { button.removeAttribute("aria-busy"); button.removeAttribute("aria-disabled"); });
  });

  const saving = new Map();
  const status = (form, text) => { const place = $("[data-autosave-status]", form); if (place) place.textContent = text; };
  async function save(form, tries = 0) {
    const state = saving.get(form);
    const stamp = state.stamp;
    status(form, "正在保存…");
    try {
      const data = new FormData(form);
      for (const [name, value] of Array.from(data)) if (value instanceof File) data.delete(name);
      const token = data.get("csrfmiddlewaretoken");
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: data, headers: token ? { "X-CSRFToken": token } : {} });
      if (answer.status >= 400 && answer.status < 500 && !answer.redirected) {
        // The server has an answer, such as somebody else's newer version: trying again would not change it.
        const refusal = await answer.json().catch(() => ({}));
        return status(form, `没有自动保存：${refusal.message || "请点“保存”查看原因。"}`);
      }
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      if (stamp === state.stamp) dirty.delete(form);
      status(form, `已保存 ${clock()}`);
    } catch {
      if (stamp !== state.stamp) return;
      status(form, "还没有保存：连接中断或登录已失效，请不要关闭本页。");
      if (tries < 5) state.timer = setTimeout(() => save(form, tries + 1), 3000 * 2 ** tries);
    }
  }
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form || !form.matches("[data-autosave],[data-guard]")) return;
    dirty.add(form);
    if (!form.dataset.autosave) return;
    const state = saving.get(form) || { stamp: 0 };
    saving.set(form, state);
    state.stamp += 1;
    clearTimeout(state.timer);
    state.timer = setTimeout(() => save(form), 1500);
  });
  addEventListener("beforeunload", (event) => {
    for (const form of dirty) if (!form.isConnected) dirty.delete(form);
    if (dirty.size) event.preventDefault();
  });

  /* Explanations: a disclosure that becomes a popover. Fixed to the viewport, so no scrolling table cuts it off. */
  function place(details) {
    const body = $(".why-body", details);
    const at = $("summary", details).getBoundingClientRect();
    const below = innerHeight - at.bottom > Math.min(body.offsetHeight, innerHeight * 0.5) + 16;
    body.style.left = `${Math.max(16, Math.min(at.left, innerWidth - body.offsetWidth - 16))}px`;
    body.style.top = below ? `${at.bottom + 6}px` : `${Math.max(8, at.top - body.offsetHeight - 6)}px`;
  }
  const closeWhy = (but) => $$("details.why[open]").forEach((details) => { if (details !== but) details.open = false; });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details.why[open]")) { closeWhy(event.target); place(event.target); }
  }, true);
  const replace = () => $$("details.why[open]").forEach(place);
  addEventListener("scroll", replace, { passive: true, capture: true });
  addEventListener("resize", replace);

  /* Preferences: theme and 长者模式 (large print). The links work without scripts through the address. */
  function prefer(name, value) {
    root.dataset[name] = value;
    document.cookie = `mc_${name}=${value}; path=/; max-age=31536000; samesite=lax`;
    $$(`[data-pref="${name}"]`).forEach((link) => {
      if (link.dataset.toggle) {
        const large = value === link.dataset.toggle;
        link.dataset.value = large ? link.dataset.off : link.dataset.toggle;
        link.textContent = large ? link.dataset.offLabel : link.dataset.onLabel;
      } else if (link.dataset.value === value) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  }

  document.addEventListener("click", async (event) => {
    const inWhy = event.target.closest("details.why");
    closeWhy(inWhy);
    const button = event.target.closest("[data-print],[data-copy],[data-copy-from],[data-dialog],[data-close],[data-pref],[aria-disabled=true]");
    if (!button) return;
    if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
    else if ("print" in button.dataset) print();
    else if (button.dataset.dialog) openDialog(button.dataset.dialog);
    else if ("close" in button.dataset) button.closest("dialog")?.close();
    else if (button.dataset.pref) { event.preventDefault(); prefer(button.dataset.pref, button.dataset.value); }
    else {
      const text = button.dataset.copy || document.querySelector(button.dataset.copyFrom)?.textContent.trim() || "";
      try { await navigator.clipboard.writeText(text); say("已复制。"); } catch { say("浏览器不允许复制，请手动选取。"); }
    }
  });

  /* Keyboard. Single keys can be switched off in the help dialog (WCAG 2.1.4). */
  const keysOff = () => localStorage.getItem("mc_keys") === "off";
  const rows = () => $$("[data-rows] [data-row]");
  function step(by) {
    const list = rows();
    if (!list.length) return;
    const here = list.findIndex((row) => row.contains(document.activeElement));
    const row = list[Math.max(0, Math.min(list.length - 1, here < 0 ? 0 : here + by))];
    (row.matches("a,button") ? row : $("a,button", row))?.focus();
  }
  let g = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const open = $("details.why[open]");
      if (open) { open.open = false; $("summary", open).focus(); }
      return;
    }
    if (keysOff() || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const act = (run) => { event.preventDefault(); run(); };
    if (event.key === "/") act(() => { const field = $("[data-search]"); field?.focus(); field?.select(); });
    else if (event.key === "?") act(() => openDialog("keys"));
    else if (event.key === "j") act(() => step(1));
    else if (event.key === "k") act(() => step(-1));
    else if (event.key === "g") g = Date.now();
    else if (event.key === "h" && Date.now() - g < 1200) act(() => $("[data-home]")?.click());
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-keys-switch]")) localStorage.setItem("mc_keys", event.target.checked ? "on" : "off");
    if (event.target.matches("[data-submit-on-change]")) event.target.form?.requestSubmit();
  });

  function ready() {
    const keys = $("[data-keys-switch]");
    if (keys) keys.checked = !keysOff();
    // The strip of the narrow screen: show where we are. scrollLeft, since scrollIntoView would move the page too.
    const here = $(".wb-nav a[aria-current]");
    const strip = $(".wb-nav");
    if (here && strip && strip.scrollWidth > strip.clientWidth) strip.scrollLeft = here.offsetLeft - strip.clientWidth / 3;
    $(".error-summary")?.focus();
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready); else ready();
})();
