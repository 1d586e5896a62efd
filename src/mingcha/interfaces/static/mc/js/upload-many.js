/* Several recordings, one after another. Each line can be paused, taken up again and given up. */
(() => {
  "use strict";
  const form = document.querySelector("[data-uploads]");
  if (!form || !window.mcResumable) return;
  const picker = form.querySelector("input[type=file]");
  const list = document.getElementById("upload-list");
  const line = document.getElementById("upload-line");
  const status = document.getElementById("upload-status");
  const waiting = [];
  let busy = false;
  form.querySelector(".form-actions").remove();

  const next = () => {
    if (busy) return;
    const job = waiting.shift();
    if (!job) return;
    busy = true;
    job();
  };
  const finish = () => { busy = false; next(); };
  const count = () => {
    const lines = [...list.querySelectorAll("li[data-state]")];
    const done = lines.filter((item) => item.dataset.state === "done").length;
    status.textContent = `共${lines.length}个文件，已入库${done}个。`;
  };

  const add = (file) => {
    const item = line.content.firstElementChild.cloneNode(true);
    const [name, told, bar] = [".name", ".told", "progress"].map((at) => item.querySelector(at));
    const [pause, drop] = ["[data-pause]", "[data-drop]"].map((at) => item.querySelector(at));
    name.textContent = `${file.name}（${(file.size / 1048576).toFixed(1)} MB）`;
    bar.setAttribute("aria-label", `${file.name} 的上传进度`);
    pause.setAttribute("aria-label", `暂停 ${file.name}`);
    drop.setAttribute("aria-label", `取消 ${file.name}`);
    item.dataset.state = "waiting";
    list.append(item);
    let running = null;
    let paused = false;
    let resumed = "";
    let received = false;
    const end = (state, words) => {
      item.dataset.state = state;
      told.textContent = words;
      pause.remove();
      drop.remove();
      if (state !== "done") bar.remove();
      count();
      if (!received) finish();
    };
    const hold = (words) => {
      paused = true;
      pause.textContent = "继续";
      told.textContent = words;
    };
    pause.addEventListener("click", () => {
      if (!running) return;
      if (paused) { paused = false; pause.textContent = "暂停"; running.go(); } else { running.pause(); hold(`已暂停，已传${bar.value}%。`); }
    });
    drop.addEventListener("click", () => {
      if (running) { running.cancel(); end("dropped", "已取消。"); return; }
      item.dataset.state = "dropped";
      told.textContent = "已取消。";
      pause.remove();
      drop.remove();
      bar.remove();
      count();
    });
    waiting.push(() => {
      if (item.dataset.state === "dropped") { finish(); return; }
      item.dataset.state = "running";
      window.mcResumable(file, {
        endpoint: "/in/uploads/",
        token: form.querySelector("[name=csrfmiddlewaretoken]").value,
        told: {
          again: () => { resumed = "接着上次的位置，"; },
          progress: (percent) => {
            bar.value = percent;
            told.textContent = percent < 100 ? `${resumed}正在上传 ${percent}%` : "上传完毕，正在核对摘要值…";
          },
          received: () => {
            received = true;
            pause.remove();
            drop.remove();
            told.textContent = "已收到，正在计算第二种摘要（SM3），完成后自动入库，可以离开本页。";
            finish();
          },
          done: (upload, recording, duplicate) => {
            document.querySelector(`[data-give-up$="/${upload}"]`)?.closest("li").remove();
            end("done", duplicate ? "这段音像已经入库，没有重复保存。" : "已入库。");
          },
          failed: (words, again) => { if (again) hold(words); else end("failed", words); },
        },
      }).then((found) => { running = found; });
    });
    count();
  };
  const take = (files) => { [...files].forEach(add); picker.value = ""; next(); };
  picker.addEventListener("change", () => take(picker.files));
  form.addEventListener("submit", (event) => { event.preventDefault(); take(picker.files); });
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files); });
  addEventListener("beforeunload", (event) => { if (busy) event.preventDefault(); });
  document.querySelectorAll("[data-give-up]").forEach((button) => button.addEventListener("click", async () => {
    const answer = await fetch(button.dataset.giveUp, {
      method: "DELETE",
      headers: { "Tus-Resumable": "1.0.0", "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value },
    });
    if (answer.ok || answer.status === 404 || answer.status === 410) button.closest("li").remove();
  }));
})();
