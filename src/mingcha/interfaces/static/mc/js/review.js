/* Review workplace and redaction editor: keys, material without leaving the form, adding a span by selecting text. */
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  const keysOff = () => localStorage.getItem("mc_keys") === "off";

  /* Material: swap the middle, keep what was marked. Without scripts the button posts the form and comes back with it. */
  async function show(key, as = "") {
    const url = new URL(location.href);
    url.searchParams.set("show", key);
    if (as) url.searchParams.set("as", as); else url.searchParams.delete("as");
    const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok) { location.href = url; return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = $("#material", page);
    if (!fresh) { location.href = url; return; }
    $("#material").replaceWith(fresh);
    fresh.focus({ preventScroll: matchMedia("(min-width: 72rem)").matches });
    $$(".material [data-show]").forEach((item) => {
      if (item.dataset.show === key) item.setAttribute("aria-current", "true"); else item.removeAttribute("aria-current");
    });
  }
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-show]");
    if (!opener || !$("#material")) return;
    event.preventDefault();
    show(opener.dataset.show, opener.dataset.as);
  });

  /* A remark is written, or taken back, without leaving the form: what was marked so far stays. */
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("#notes form");
    if (!form || !$("#opinion [data-point] input")) return;
    event.preventDefault();
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const wrong = $(".error-summary, .refused", page);
    if (answer.ok && !wrong) { await show($("#material").dataset.key); return; }
    const told = $("[data-note-told]") || form.appendChild(Object.assign(document.createElement("p"), { className: "error" }));
    told.dataset.noteTold = "";
    told.setAttribute("role", "alert");
    told.textContent = wrong?.textContent.trim() || "现在不能保存批注，请稍后再试。";
  });

  /* Letter preview beside the form; without scripts the button opens it in a window of its own. */
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-preview]");
    const place = $("[data-preview-place]");
    if (!button || !place) return;
    event.preventDefault();
    const data = new FormData(button.form);
    data.set("preview", "1");
    const answer = await fetch(location.href, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = $("#letter-preview", page);
    if (!answer.ok || !fresh) { place.textContent = "现在不能预览，请刷新页面后再试。"; return; }
    place.replaceChildren(fresh);
    fresh.tabIndex = -1;
    fresh.focus();
  });

  /* Checklist */
  const points = () => $$("[data-point]");
  function go(by) {
    const list = points();
    const here = list.findIndex((point) => point.classList.contains("cur"));
    const next = list[Math.max(0, Math.min(list.length - 1, here < 0 ? 0 : here + by))];
    list.forEach((point) => point.classList.toggle("cur", point === next));
    next?.focus();
  }
  function mark(value) {
    const point = $("[data-point].cur");
    const radio = point && $(`input[type=radio][value=${value}]`, point);
    if (!radio) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    if (value === "problem") { $("textarea", point)?.focus(); return; }
    if (value !== "met") { point.focus(); return; }
    // What the machine rests on is confirmed with the mark; without it the reviewer chooses.
    const link = $("select", point), found = $(".found [data-show]", point);
    if (!link.value && found) link.value = found.dataset.show;
    (link.value ? point : link).focus();
  }
  function open() {
    $(".material-foot a")?.click();
  }
  function browse(by) {
    const list = $$(".material [data-show]");
    const here = list.findIndex((item) => item.getAttribute("aria-current") === "true");
    list[Math.max(0, Math.min(list.length - 1, here + by))]?.click();
  }
  function remark() {
    const box = $("[data-note]");
    if (!box) return;
    box.open = true;
    $("textarea", box)?.focus();
  }
  function tally() {
    const place = $("[data-tally]");
    if (!place) return;
    const count = (value) => $$(`[data-point] input[value=${value}]:checked`).length;
    const all = points().length, met = count("met"), bad = count("problem"), none = count("na");
    place.textContent = `${all} 项：符合 ${met} · 有问题 ${bad} · 不适用 ${none} · 未看 ${all - met - bad - none}`;
  }
  document.addEventListener("change", (event) => { if (event.target.closest("[data-point]")) tally(); });
  document.addEventListener("focusin", (event) => {
    const point = event.target.closest("[data-point]");
    if (point) points().forEach((item) => item.classList.toggle("cur", item === point));
  });
  // Capture: the list keys of every page would otherwise answer to j and k too.
  document.addEventListener("keydown", (event) => {
    if (keysOff() || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    const field = event.target.closest("textarea, select, input:not([type=radio]):not([type=checkbox])");
    if (event.key === "Escape" && field) {
      // Out of a field, so that the single keys answer again.
      (field.closest("[data-point], #material") || $("#material"))?.focus();
      return;
    }
    if (field) return;
    if (!$("#opinion [data-point] input")) return;
    const acts = { j: () => go(1), k: () => go(-1), y: () => mark("met"), n: () => mark("problem"), x: () => mark("na"),
      o: () => $("#id_text")?.focus(), r: () => $("#id_conclusion input")?.focus(), p: () => $("[data-preview]")?.click(),
      v: () => $("[data-point].cur .found [data-show]")?.click(), "[": () => browse(-1), "]": () => browse(1),
      m: remark, b: open, c: () => { const box = $("#changes"); if (box) { box.tabIndex = -1; box.focus(); } } };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  }, true);

  /* Redaction: scroll both sides together, and take a selection of the original over into the field below. */
  function sides() {
    const [one, two] = $$(".sides .side-text");
    if (!one || !two) return;
    let busy = false;
    const follow = (from, to) => from.addEventListener("scroll", () => {
      if (busy) return;
      busy = true;
      to.scrollTop = (from.scrollTop / Math.max(1, from.scrollHeight - from.clientHeight)) * (to.scrollHeight - to.clientHeight);
      requestAnimationFrame(() => { busy = false; });
    });
    follow(one, two);
    follow(two, one);
    const field = $("[data-hide-list]"), button = $("[data-hide-selected]");
    if (!field || !button) return;
    button.addEventListener("click", () => {
      const selection = getSelection();
      const text = selection && one.contains(selection.anchorNode) ? selection.toString().replace(/\s+/g, " ").trim() : "";
      if (!text) { button.nextElementSibling.textContent = "请先在左边原文中选中要隐去的文字。"; return; }
      field.value = [...field.value.split("\n").filter((line) => line.trim() && line !== text), text].join("\n");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      button.nextElementSibling.textContent = `已加入“${text}”，按“重新核对”后生效。`;
    });
  }
  function moreKeys() {
    const more = $("#more-keys"), dialog = $("#keys table");
    if (more && dialog) dialog.after(more.content.cloneNode(true));
  }
  const ready = () => { tally(); sides(); moreKeys(); };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready); else ready();
})();
