/* Folded parts: an address with # opens the part it names, print opens all of them. Without scripts a click opens each. */
(() => {
  "use strict";
  function reveal() {
    const here = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!here) return;
    const inside = here.matches("details.fold") ? here : here.querySelector("details.fold");
    for (let node = inside || here; node; node = node.parentElement) if (node.matches("details")) node.open = true;
    here.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  reveal();
  let shut = [];
  addEventListener("beforeprint", () => {
    shut = [...document.querySelectorAll("details.fold:not([open])")];
    for (const node of shut) node.open = true;
  });
  addEventListener("afterprint", () => { for (const node of shut) node.open = false; });
  for (const button of document.querySelectorAll("[data-fold-all]")) {
    button.addEventListener("click", () => {
      const all = [...document.querySelectorAll("details.fold")];
      const open = all.some((node) => !node.open);
      for (const node of all) node.open = open;
      button.setAttribute("aria-pressed", String(open));
    });
  }
})();
