/* The recording of a case: the file goes first, by pieces that can be resumed, then the form. Without scripts the form is sent as usual. */
(() => {
  "use strict";
  const make = (tag, attributes, text = "") => {
    const node = Object.assign(document.createElement(tag), attributes);
    node.textContent = text;
    return node;
  };
  const button = (text) => make("button", { type: "button", className: "btn quiet" }, text);
  const idle = (form) => {
    form.removeAttribute("aria-busy");
    form.querySelectorAll("[aria-busy]").forEach((node) => { node.removeAttribute("aria-busy"); node.removeAttribute("aria-disabled"); });
  };
  const show = (form, request) => {
    // The server answers with the next page, or with this form and what is wrong with it. Fetching the next page
    // a second time would lose its message, so what has come is shown.
    const answer = new DOMParser().parseFromString(request.responseText, "text/html");
    const main = answer.querySelector("#main");
    if (!main) return false;
    if (request.status < 400 && request.responseURL !== location.href) {
      history.pushState(null, "", request.responseURL);
      document.title = answer.title;
      addEventListener("popstate", () => location.reload(), { once: true });
      scrollTo(0, 0);
    }
    document.querySelector("#main").replaceWith(main);
    main.querySelector(".error-summary")?.focus();
    return true;
  };
  const send = (form, told) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action || location.href);
    const failed = () => {
      idle(form);
      told.textContent = "文件已经传完，但表单没有保存。请检查网络后重新提交，文件不用再传。";
    };
    request.addEventListener("error", failed);
    request.addEventListener("load", () => { if (!show(form, request)) failed(); });
    request.send(new FormData(form));
  };
  addEventListener("submit", (event) => {
    const form = event.target.closest("form");
    const picker = form?.querySelector("input[type=file]");
    const finished = form?.querySelector("input[name=upload]");
    if (!picker || !finished || event.defaultPrevented || !window.mcResumable) return;
    if (!picker.files.length && !finished.value) return;
    event.preventDefault();
    form.querySelectorAll(".upload-now, .upload-refused").forEach((node) => node.remove());
    const box = make("div", { className: "upload-now stack-tight" });
    const bar = make("progress", { className: "upload-progress", max: 100, value: 0 });
    bar.setAttribute("aria-label", "上传进度");
    const told = make("p", {}, "正在上传…");
    told.setAttribute("role", "status");
    const pause = button("暂停");
    box.append(bar, told, pause);
    form.querySelector(".form-actions").before(box);
    if (!picker.files.length) { pause.remove(); send(form, told); return; }
    let running = null;
    let paused = false;
    let resumed = "";
    pause.addEventListener("click", () => {
      if (!running) return;
      paused = !paused;
      pause.textContent = paused ? "继续" : "暂停";
      if (paused) { running.pause(); told.textContent = `已暂停，已传${bar.value}%。`; } else running.go();
    });
    window.mcResumable(picker.files[0], {
      endpoint: "/in/uploads/",
      token: form.querySelector("[name=csrfmiddlewaretoken]").value,
      told: {
        again: () => { resumed = "接着上次的位置，"; },
        progress: (percent) => {
          bar.value = percent;
          told.textContent = percent < 100 ? `${resumed}正在上传 ${percent}%` : "上传完毕，正在核对摘要值…";
        },
        received: () => {
          pause.remove();
          told.textContent = "文件已经收到，正在计算第二种摘要（SM3），请稍候…";
        },
        done: (upload) => {
          pause.remove();
          finished.value = upload;
          picker.value = "";
          told.textContent = "文件已入库，正在保存…";
          send(form, told);
        },
        failed: (words, again) => {
          idle(form);
          if (again) {
            paused = true;
            pause.textContent = "继续";
            told.textContent = words;
            return;
          }
          box.remove();
          const list = make("ul", { className: "errorlist upload-refused" });
          list.setAttribute("role", "alert");
          list.append(make("li", {}, words));
          picker.before(list);
        },
      },
    }).then((found) => { running = found; });
  });
})();
