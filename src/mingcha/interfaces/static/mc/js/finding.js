// Names offered while somebody types in the search of decisions; the page works the same without it.
(() => {
  const field = document.querySelector("input[data-names]");
  const list = field && document.getElementById(field.getAttribute("list"));
  if (!list) return;
  let waiting = 0;
  let last = "";
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const typed = field.value.trim();
      if (typed === last || typed.length < 2) return;
      last = typed;
      const answer = await fetch(`${field.dataset.names}?q=${encodeURIComponent(typed)}`);
      if (!answer.ok || typed !== field.value.trim()) return;
      const { names } = await answer.json();
      list.replaceChildren(...names.map((name) => Object.assign(document.createElement("option"), { value: name })));
    }, 150);
  });
})();
