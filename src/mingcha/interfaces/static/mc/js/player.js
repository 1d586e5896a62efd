/* The player: keyboard, frames, jumps, marking at the moment, transcript, areas drawn on the picture, progress of copies. */
(() => {
  "use strict";
  const root = document.querySelector("[data-player]");
  const media = root && root.querySelector("video, audio");

  const code = (seconds) => {
    const ms = Math.max(0, Math.round(seconds * 1000));
    const two = (value) => String(value).padStart(2, "0");
    const hours = Math.floor(ms / 3600000);
    const text = `${two(Math.floor(ms / 60000) % 60)}:${two(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, "0")}`;
    return hours ? `${hours}:${text}` : text;
  };

  if (media) {
    const frame = 1 / (parseFloat(root.dataset.rate) || 25);
    const clock = root.querySelector("[data-clock]");
    const speed = root.querySelector("[data-speed]");
    const button = root.querySelector('[data-do="play"]');
    const trouble = root.querySelector("[data-trouble]");
    const cues = [...document.querySelectorAll("[data-cue]")];
    let touched = false;
    let begin = null;
    let end = null;

    const jump = (seconds) => { media.currentTime = Math.min(Math.max(0, seconds), media.duration || seconds); };
    const play = () => { if (media.paused) media.play().catch(() => {}); else media.pause(); };
    const step = (by) => { media.pause(); jump(media.currentTime + by * frame); };
    const moments = [...document.querySelectorAll("[data-moment]")];
    const tell = () => {
      clock.value = code(media.currentTime);
      // Until somebody types a moment, the forms follow the picture.
      if (!touched) for (const field of moments) if (document.activeElement !== field) field.value = code(media.currentTime);
      const now = media.currentTime * 1000 + 1;
      let current = null;
      for (const cue of cues) if (Number(cue.dataset.cue) <= now) current = cue; else break;
      for (const cue of cues) if (cue !== current) cue.removeAttribute("aria-current");
      if (current && !current.hasAttribute("aria-current")) {
        current.setAttribute("aria-current", "true");
        const box = current.closest(".cues");
        if (!box.contains(document.activeElement)) box.scrollTop = current.offsetTop - box.offsetTop - box.clientHeight / 2;
      }
    };
    for (const field of moments) field.addEventListener("input", () => { touched = field.value !== ""; });
    for (const name of ["timeupdate", "seeked", "loadedmetadata"]) media.addEventListener(name, tell);
    media.addEventListener("play", () => { button.textContent = "暂停"; });
    media.addEventListener("pause", () => { button.textContent = "播放"; });
    media.addEventListener("error", () => {
      trouble.hidden = false;
      trouble.textContent = "浏览器不能播放。登录可能已经失效，请刷新页面；仍不能播放的，请下载原件查看。";
    });
    speed.addEventListener("change", () => { media.playbackRate = parseFloat(speed.value); });

    const mark = () => {
      const form = document.querySelector("form[data-mark]");
      if (!form) return;
      media.pause();
      form.querySelector("[data-moment]").value = code(media.currentTime);
      form.querySelector("select").focus();
    };
    const span = document.querySelector("[data-span]");
    const stretch = () => [begin === null ? 0 : begin, end === null ? media.duration || 0 : end];
    const said = () => {
      if (span) span.value = begin === null && end === null ? "没有选取时段，按全长" : stretch().map(code).join("—");
    };
    const add = (name, line) => {
      const field = document.querySelector(`form[data-derive] [name="${name}"]`);
      field.value = `${field.value.trim()}\n${line}`.trim();
      field.dispatchEvent(new Event("input", { bubbles: true }));
      draw();
    };
    const times = () => stretch().map(code).join("-");

    const canvas = root.querySelector("canvas");
    const pencil = canvas && canvas.getContext("2d");
    const drawing = document.querySelector('[data-do="draw"]');
    let from = null;
    let shape = null;
    // The picture stands in the middle of its box; areas are parts of the picture, not of the box.
    const picture = () => {
      const box = canvas.getBoundingClientRect();
      const scale = Math.min(box.width / (media.videoWidth || 1), box.height / (media.videoHeight || 1));
      const width = (media.videoWidth || 1) * scale;
      const height = (media.videoHeight || 1) * scale;
      return { left: (box.width - width) / 2, top: (box.height - height) / 2, width, height, box };
    };
    const areas = () => {
      const field = document.querySelector('form[data-derive] [name="areas"]');
      return (field ? field.value : "").split("\n").map((line) => line.trim().split(/[\s,，%]+/).slice(0, 4).map(Number)).filter((row) => row.length === 4 && row.every(Number.isFinite));
    };
    const draw = () => {
      if (!canvas || canvas.hidden) return;
      canvas.width = canvas.clientWidth;
      canvas.height = canvas.clientHeight;
      const at = picture();
      pencil.lineWidth = 3;
      pencil.strokeStyle = "#ffbf47";
      pencil.fillStyle = "rgb(0 0 0 / .45)";
      for (const [x, y, width, height] of shape ? [...areas(), shape] : areas()) {
        const rect = [at.left + (x * at.width) / 100, at.top + (y * at.height) / 100, (width * at.width) / 100, (height * at.height) / 100];
        pencil.fillRect(...rect);
        pencil.strokeRect(...rect);
      }
    };
    const point = (event) => {
      const at = picture();
      const part = (value, size) => Math.round(Math.min(Math.max(value / size, 0), 1) * 1000) / 10;
      return [part(event.clientX - at.box.left - at.left, at.width), part(event.clientY - at.box.top - at.top, at.height)];
    };
    if (canvas) {
      canvas.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        canvas.setPointerCapture(event.pointerId);
        from = point(event);
      });
      canvas.addEventListener("pointermove", (event) => {
        if (!from) return;
        const to = point(event);
        shape = [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])].map((value) => Math.round(value * 10) / 10);
        draw();
      });
      canvas.addEventListener("pointerup", () => {
        const drawn = shape;
        from = null;
        shape = null;
        if (drawn && drawn[2] >= 1.5 && drawn[3] >= 1.5) add("areas", `${drawn.join(" ")} ${times()}`);
        draw();
      });
      window.addEventListener("resize", draw);
      const field = document.querySelector('form[data-derive] [name="areas"]');
      if (field) field.addEventListener("input", draw);
    }

    const acts = {
      play,
      back: () => jump(media.currentTime - 5),
      ahead: () => jump(media.currentTime + 5),
      "frame-back": () => step(-1),
      frame: () => step(1),
      in: () => { begin = media.currentTime; if (end !== null && end <= begin) end = null; said(); },
      out: () => { end = media.currentTime; if (begin !== null && begin >= end) begin = null; said(); },
      mute: () => add("mutes", times()),
      cut: () => add("cuts", times()),
      draw: () => {
        canvas.hidden = !canvas.hidden;
        drawing.setAttribute("aria-pressed", String(!canvas.hidden));
        if (!canvas.hidden) media.pause();
        draw();
      },
    };
    document.addEventListener("click", (event) => {
      const act = event.target.closest("[data-do]");
      if (act && acts[act.dataset.do]) acts[act.dataset.do]();
      const link = event.target.closest("[data-seek]");
      if (link) {
        event.preventDefault();
        jump(parseFloat(link.dataset.seek));
        root.scrollIntoView({ block: "nearest" });
      }
      const heard = event.target.closest("[data-heard]");
      if (heard) {
        const form = document.querySelector("form[data-mark]");
        form.querySelector('[name$="kind"]').value = "announcement";
        form.querySelector('[name$="item"]').value = heard.dataset.heard;
        form.querySelector("[data-moment]").value = code(media.currentTime);
        form.requestSubmit();
      }
    });

    const keys = { " ": play, ArrowLeft: acts.back, ArrowRight: acts.ahead, ",": acts["frame-back"], ".": acts.frame, m: mark, M: mark };
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      const where = event.target.closest("input, select, textarea, button, a, summary, [contenteditable], dialog");
      // The browser's own keys of the picture do the same; a button keeps its space bar.
      if (where || !keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    });

    const find = document.querySelector("[data-find]");
    if (find) {
      const told = document.querySelector("[data-found]");
      find.addEventListener("input", () => {
        const words = find.value.trim();
        const hits = cues.filter((cue) => {
          const hit = words !== "" && cue.textContent.includes(words);
          cue.classList.toggle("found", hit);
          return hit;
        });
        told.textContent = words === "" ? "" : `找到${hits.length}处。`;
        if (hits.length) hits[0].closest(".cues").scrollTop = hits[0].offsetTop - hits[0].closest(".cues").offsetTop;
      });
      find.addEventListener("keydown", (event) => {
        const hit = document.querySelector(".cues .found [data-seek]");
        if (event.key === "Enter" && hit) { event.preventDefault(); hit.click(); }
      });
    }
    tell();
  }

  for (const box of document.querySelectorAll("[data-progress]")) {
    const look = async () => {
      try {
        const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
        if (!answer.ok) return;
        const found = await answer.json();
        if (found.state !== "waiting") { location.reload(); return; }
        const bar = box.querySelector("rect");
        if (bar) bar.setAttribute("width", found.percent);
      } catch (error) { /* The network may be away for a moment; the next look tells. */ }
      setTimeout(look, 3000);
    };
    setTimeout(look, 2000);
  }
})();
