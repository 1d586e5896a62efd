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
  /* told: { progress(percent), again(percent), done(upload id, recording id, duplicate), failed(words, may go on) } */
  return async (file, { endpoint, token, told }) => {
    let recording = "";
    let duplicate = false;
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
      },
      onSuccess: () => told.done(upload.url.split("/").pop(), recording, duplicate),
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
