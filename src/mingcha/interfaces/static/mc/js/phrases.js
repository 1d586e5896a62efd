/* A standard phrase goes into the field it belongs to, where the cursor stands or at the end. */
(() => {
  "use strict";
  let last = null;
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("textarea, input[type=text]")) last = event.target;
  });
  const fits = (node, name) => node && (node.name === name || node.name.startsWith(`${name}-`));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-phrase]");
    if (!button) return;
    const name = button.dataset.phrase;
    const field = fits(last, name)
      ? last
      : [...document.querySelectorAll(`#draft textarea, #draft input[type=text]`)].find((node) => fits(node, name));
    if (!field) return;
    const at = field === last ? field.selectionEnd : field.value.length;
    field.value = field.value.slice(0, at) + button.textContent + field.value.slice(at);
    field.focus();
    field.setSelectionRange(at + button.textContent.length, at + button.textContent.length);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
