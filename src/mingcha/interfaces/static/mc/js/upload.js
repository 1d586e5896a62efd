/* Progress of a large upload. Without scripts the form is sent as usual. */
(() => {
  "use strict";
  const form = document.querySelector("form[enctype='multipart/form-data']");
  if (!form) return;
  form.addEventListener("submit", (event) => {
    const file = form.querySelector("input[type=file]");
    if (!file?.files.length || event.defaultPrevented) return;
    event.preventDefault();
    const bar = document.createElement("progress");
    bar.className = "upload-progress";
    bar.max = 100;
    bar.setAttribute("aria-label", "上传进度");
    const told = document.createElement("p");
    told.setAttribute("role", "status");
    told.textContent = "正在上传…";
    form.querySelector(".form-actions").before(bar, told);
    const request = new XMLHttpRequest();
    request.open("POST", form.action || location.href);
    request.upload.addEventListener("progress", (now) => {
      if (!now.lengthComputable) return;
      bar.value = Math.round((now.loaded * 100) / now.total);
      told.textContent = bar.value < 100 ? `正在上传 ${bar.value}%` : "上传完毕，正在计算摘要值…";
    });
    const failed = () => {
      bar.remove();
      form.removeAttribute("aria-busy");
      form.querySelectorAll("[aria-busy]").forEach((node) => { node.removeAttribute("aria-busy"); node.removeAttribute("aria-disabled"); });
      told.textContent = "上传中断，没有保存。请检查网络后重新提交。";
    };
    request.addEventListener("error", failed);
    request.addEventListener("load", () => {
      // The server answers with the next page, or with this form and what is wrong with it. Fetching the next page
      // a second time would lose its message, so what has come is shown.
      const answer = new DOMParser().parseFromString(request.responseText, "text/html");
      const main = answer.querySelector("#main");
      if (!main) { failed(); return; }
      if (request.status < 400 && request.responseURL !== location.href) {
        history.pushState(null, "", request.responseURL);
        document.title = answer.title;
        addEventListener("popstate", () => location.reload(), { once: true });
        scrollTo(0, 0);
      }
      document.querySelector("#main").replaceWith(main);
      main.querySelector(".error-summary")?.focus();
    });
    request.send(new FormData(form));
  });
})();
