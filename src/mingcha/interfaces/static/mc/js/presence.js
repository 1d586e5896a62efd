/* Two people on one draft see each other; Enter goes to the next answer of an inquiry. Works without. */
(() => {
  "use strict";
  const place = document.querySelector("[data-presence]");
  const form = document.getElementById("draft");
  if (!place || !form) return;
  const address = place.dataset.presence;
  const value = (name) => form.elements[name]?.value || "";
  const body = (more) => {
    const data = new FormData();
    for (const name of ["csrfmiddlewaretoken", "sitting", "version"]) data.set(name, value(name));
    for (const [name, text] of Object.entries(more || {})) data.set(name, text);
    return data;
  };
  let told = "";
  function show({ others, newer }) {
    const words = [];
    if (newer) words.push(`${newer.name}在 ${newer.at} 保存过这份文书，比本页新。请先在新窗口中打开对照，再保存自己的内容。`);
    if (others.length) words.push(`${others.join("、")}也打开着这份文书。请商量好由谁写，以免互相覆盖。`);
    const text = words.join("");
    if (text === told) return;
    told = text;
    place.className = text ? "notice warn" : "";
    const inner = document.createElement("div");
    for (const line of words) inner.append(Object.assign(document.createElement("p"), { textContent: line }));
    place.replaceChildren(...(text ? [inner] : []));
  }
  async function beat() {
    if (document.hidden) return;
    try {
      const answer = await fetch(address, { method: "POST", body: body(), headers: { "X-CSRFToken": value("csrfmiddlewaretoken") } });
      if (answer.ok && !answer.redirected) show(await answer.json());
    } catch { /* Without network nobody is seen; the save itself says so. */ }
  }
  beat();
  setInterval(beat, 20000);
  document.addEventListener("visibilitychange", beat);
  document.body.addEventListener("mc-saved", beat);
  addEventListener("pagehide", () => navigator.sendBeacon(address, body({ left: "1" })));

  // On a phone Enter of the soft keyboard stays a new line: voice keyboards use it too.
  const fine = matchMedia("(pointer: fine)").matches;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || !fine) return;
    const here = event.target;
    if (here.tagName !== "TEXTAREA" || !/^questions-\d+-answer$/.test(here.name)) return;
    const answers = [...form.querySelectorAll("textarea")].filter((node) => /^questions-\d+-answer$/.test(node.name));
    const next = answers[answers.indexOf(here) + 1];
    event.preventDefault();
    if (next) {
      next.focus();
      next.scrollIntoView({ block: "center" });
    } else {
      here.closest("[data-grow]")?.querySelector("[data-grow-more]")?.click();
    }
  });
})();
