/* A cited article opens beside the work. Without this script, or when the text cannot be fetched, the link leads to its page. */
(() => {
  "use strict";
  let panel, opener;
  function close() {
    if (!panel) return;
    panel.remove();
    panel = undefined;
    opener?.focus();
  }
  function build(url) {
    panel = document.createElement("aside");
    panel.className = "beside no-print";
    panel.tabIndex = -1;
    panel.setAttribute("aria-labelledby", "beside-title");
    const head = document.createElement("div");
    head.className = "cluster between";
    const title = document.createElement("h2");
    title.id = "beside-title";
    title.textContent = "法条";
    const shut = document.createElement("button");
    shut.type = "button";
    shut.className = "btn quiet small";
    shut.textContent = "关闭";
    shut.addEventListener("click", close);
    const whole = document.createElement("a");
    whole.href = url;
    whole.textContent = "在新页打开";
    whole.target = "_blank";
    whole.rel = "noopener";
    whole.className = "small push";
    head.append(title, whole, shut);
    const body = document.createElement("div");
    body.className = "stack";
    panel.append(head, body);
    document.body.append(panel);
    return body;
  }
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-article]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const url = new URL(link.href);
    url.searchParams.set("panel", "1");
    let text;
    try {
      const answer = await fetch(url, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      text = await answer.text();
    } catch {
      location.assign(link.href);
      return;
    }
    close();
    opener = link;
    build(link.href).innerHTML = text;
    panel.focus();
  });
  /* Citations that a page only marks become links too, except inside a control of its own. */
  const place = location.pathname.startsWith("/in/") ? "/in/statutes/article/" : location.pathname.startsWith("/p/") ? "/p/laws/article/" : "";
  function enliven(root) {
    if (!place) return;
    for (const span of root.querySelectorAll("span.art[data-article]")) {
      const text = span.dataset.article;
      if (span.closest("a, button, summary, label") || !/第.+条|[法典例定则]\d/.test(text)) continue;
      const link = document.createElement("a");
      link.className = "art";
      link.dataset.article = "";
      link.href = `${place}?ref=${encodeURIComponent(text)}`;
      link.append(...span.childNodes);
      span.replaceWith(link);
    }
  }
  enliven(document);
  document.addEventListener("htmx:afterSwap", (event) => enliven(event.target));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && panel && !document.querySelector("dialog[open]")) close(); });
})();
