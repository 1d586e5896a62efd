/* The editor of procedures: each step is sent by itself and the page refreshed in place. Without scripts forms reload it. */
(() => {
  "use strict";
  const editor = () => document.getElementById("pc-editor");
  let turn = Promise.resolve();

  /* One step after the other: each carries the version that the one before has made. */
  function send(form, quiet) {
    turn = turn.then(() => step(form, quiet)).catch(() => {
      say("连接中断，没有保存。请检查网络后重试。");
      form.querySelectorAll("[aria-disabled]").forEach((button) => { button.removeAttribute("aria-disabled"); button.removeAttribute("aria-busy"); });
    });
    return turn;
  }
  function say(text) {
    const place = document.getElementById("pc-saved");
    if (place) place.textContent = text;
  }

  async function step(form, quiet) {
    const data = new FormData(form);
    data.set("version", editor().querySelector("input[name=version]").value);
    say("正在保存…");
    const answer = await fetch(form.action, {
      method: "POST", body: data, redirect: "error", headers: { "HX-Request": "true", "X-CSRFToken": data.get("csrfmiddlewaretoken") },
    });
    const type = answer.headers.get("content-type") || "";
    if (!type.includes("html") || answer.status >= 500) throw new Error(String(answer.status));
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = parsed.getElementById("pc-editor");
    if (!fresh) { say("没有保存：登录可能已失效，请在新窗口登录后重试。"); return; }
    put(fresh, form, quiet && !fresh.querySelector("[role=alert], .field.bad"));
  }

  /* Quiet: somebody is typing in the form, so only what stands around it is replaced. */
  function put(fresh, form, quiet) {
    const here = editor();
    const focus = document.activeElement?.id;
    const chart = here.querySelector(".pc-sticky")?.scrollTop || 0;
    if (quiet) {
      for (const part of [".pc-tools", ".pc-pieces"]) here.querySelector(part)?.replaceWith(fresh.querySelector(part));
      const version = fresh.querySelector("input[name=version]")?.value || here.querySelector("input[name=version]").value;
      here.querySelectorAll("input[name=version]").forEach((field) => { field.value = version; });
      const name = fresh.querySelector("#pc-stage");
      if (name) here.querySelector("#pc-stage")?.replaceWith(name);
    } else {
      const open = Array.from(here.querySelectorAll("details[open] > summary"), (item) => item.textContent);
      here.replaceWith(fresh);
      fresh.querySelectorAll("details").forEach((item) => {
        if (open.includes(item.querySelector("summary").textContent)) item.open = true;
      });
      history.replaceState(null, "", address(fresh));
      const wrong = fresh.querySelector("[role=alert], .field.bad input, .field.bad select");
      const target = wrong || (focus && document.getElementById(focus)) || fresh.querySelector("#pc-stage, #pc-list");
      if (target) {
        if (!target.matches("input, select, button, a")) target.tabIndex = -1;
        target.focus({ preventScroll: !wrong });
      }
    }
    const side = editor().querySelector(".pc-sticky");
    if (side) side.scrollTop = chart;
  }
  function address(fresh) {
    const stage = fresh.querySelector("#pc-form input[name=stage]")?.value;
    const wanted = new URLSearchParams(location.search);
    wanted.delete("show");
    if (stage) wanted.set("stage", stage); else wanted.delete("stage");
    return `${location.pathname}?${wanted}`;
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-pc]") || event.defaultPrevented) return;
    event.preventDefault();
    form.removeAttribute("aria-busy");
    send(form, false);
  });

  /* The fields of a stage are saved when they are left. */
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-pc-auto]");
    if (form && form.checkValidity()) send(form, true);
  });

  /* Long lists: what is typed narrows the choices. */
  document.addEventListener("input", (event) => {
    const id = event.target.dataset.pcFilter;
    if (!id) return;
    const list = document.getElementById(id);
    const words = event.target.value.trim().split(/\s+/).filter(Boolean);
    let first = null;
    for (const option of list.options) {
      const fits = !option.value || words.every((word) => option.textContent.includes(word));
      option.hidden = !fits;
      option.disabled = !fits;
      if (fits && option.value && !first) first = option;
    }
    list.value = words.length && first ? first.value : "";
  });

  /* Ctrl+Z outside of fields takes the last step back. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
    if (event.target.closest("input, textarea, select")) return;
    const button = document.getElementById("pc-undo");
    if (button && !button.disabled) { event.preventDefault(); button.form.requestSubmit(button); }
  });
})();
