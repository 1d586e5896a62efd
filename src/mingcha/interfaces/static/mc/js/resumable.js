/* One file over the tus protocol, for the pages that upload recordings: progress, pause, going on after a cut or a reload. */
window.mcResumable = (() => {
  "use strict";
  const whole = 64 << 20;
  const words = (error) => {
    const answer = error.originalResponse;
    if (answer?.getBody()) return answer.getBody();
    if (answer) return `服务器没有接受（${answer.getStatus()}），请稍后重试。`;
    return "网络中断。已传的部分已经保存，恢复后点“继续”。";
  };
  /* Asks until the second digest of a long file is there; a cut line changes nothing, the file is safe. */
  const awaited = async (url) => {
    for (;;) {
      await new Promise((go) => { setTimeout(go, 1500); });
      const answer = await fetch(url, { method: "HEAD", headers: { "Tus-Resumable": "1.0.0" } }).catch(() => null);
      if (!answer || answer.status >= 500) continue;
      if (!answer.ok || !answer.headers.get("Mingcha-Pending")) return answer;
    }
  };
  /* told: { progress(percent), again(percent), received(), done(upload id, recording id, duplicate), failed(words, may go on) } */
  return async (file, { endpoint, token, told }) => {
    let recording = "";
    let duplicate = false;
    let pending = false;
    const upload = new tus.Upload(file, {
      endpoint,
      chunkSize: whole,
      retryDelays: [0, 1000, 3000, 5000, 10000, 20000],
      metadata: { filename: file.name },
      headers: { "X-CSRFToken": token },
      removeFingerprintOnSuccess: true,
      onProgress: (sent, total) => told.progress(Math.floor((sent * 100) / total)),
      onAfterResponse: (request, answer) => {
        recording = answer.getHeader("Mingcha-Recording") || recording;
        duplicate = duplicate || answer.getHeader("Mingcha-Duplicate") === "1";
        pending = answer.getHeader("Mingcha-Pending") !== null && answer.getHeader("Mingcha-Pending") !== undefined;
      },
      onSuccess: async () => {
        if (pending) {
          told.received();
          const answer = await awaited(upload.url);
          if (!answer.ok) { told.failed("文件没有入库，请到“上传音像”核对后重新上传。", false); return; }
          recording = answer.headers.get("Mingcha-Recording") || "";
          duplicate = answer.headers.get("Mingcha-Duplicate") === "1";
        }
        told.done(upload.url.split("/").pop(), recording, duplicate);
      },
      onError: (error) => {
        const status = error.originalResponse?.getStatus() || 0;
        told.failed(words(error), status < 400 || status >= 500 || status === 409);
      },
    });
    const before = await upload.findPreviousUploads();
    if (before.length) {
      upload.resumeFromPreviousUpload(before[0]);
      told.again();
    }
    upload.start();
    return { pause: () => upload.abort(), go: () => upload.start(), cancel: () => upload.abort(true) };
  };
})();
