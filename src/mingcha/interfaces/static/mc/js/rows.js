/* Rows of documents grow in place; the list of what is missing is fetched again after each save. Works without. */
(() => {
  "use strict";
  const renumber = (text, name, n) => text.replace(new RegExp(`^${name}-\\d+-`), `${name}-${n}-`);
  function grow(button) {
    const group = button.closest("[data-grow]");
    const rows = group.querySelectorAll("[data-grow-row]");
    const last = rows[rows.length - 1];
    const name = group.dataset.grow;
    const fresh = last.cloneNode(true);
    fresh.querySelector("[data-grow-n]").textContent = rows.length + 1;
    for (const node of fresh.querySelectorAll("[id],[name],[for],[aria-describedby]")) {
      for (const key of ["id", "name", "for", "aria-describedby"]) {
        if (node.hasAttribute(key)) node.setAttribute(key, renumber(node.getAttribute(key), name, rows.length));
      }
    }
    for (const node of fresh.querySelectorAll("input, textarea, select")) {
      if (node.type === "radio" || node.type === "checkbox") node.checked = false;
      else if (node.tagName === "SELECT") node.selectedIndex = 0;
      else node.value = "";
    }
    fresh.querySelectorAll(".errorlist").forEach((node) => node.remove());
    fresh.querySelectorAll(".bad").forEach((node) => node.classList.remove("bad"));
    last.after(fresh);
    fresh.querySelector("input, textarea, select")?.focus();
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-grow-more]");
    if (!button) return;
    event.preventDefault();
    grow(button);
  });
  const status = document.querySelector("[data-autosave-status]");
  if (status) {
    new MutationObserver(() => {
      if (status.textContent.startsWith("已保存")) document.body.dispatchEvent(new CustomEvent("mc-saved"));
    }).observe(status, { childList: true });
  }
})();
