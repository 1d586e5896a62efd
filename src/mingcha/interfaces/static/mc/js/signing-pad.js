/* The pad for handwritten signatures: strokes of [x, y, milliseconds, pressure], in thousandths of the width of the pad. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-signing]");
  if (!form) return;
  const pad = form.querySelector("canvas");
  const state = form.querySelector("[data-signing-state]");
  const field = form.querySelector("#strokes");
  const device = form.querySelector("#device");
  const pen = pad.getContext("2d");
  let strokes = [];
  let begun = 0;
  let writing = null;

  const fit = () => {
    pad.width = Math.round(pad.clientWidth * devicePixelRatio);
    pad.height = Math.round(pad.clientHeight * devicePixelRatio);
    draw();
  };
  const draw = () => {
    const scale = pad.width / 1000;
    pen.clearRect(0, 0, pad.width, pad.height);
    pen.lineCap = "round";
    pen.strokeStyle = "#000";
    for (const stroke of strokes) {
      for (let n = 1; n < stroke.length; n += 1) {
        pen.beginPath();
        pen.lineWidth = (3 + (stroke[n][3] * 9) / 1000) * scale;
        pen.moveTo(stroke[n - 1][0] * scale, stroke[n - 1][1] * scale);
        pen.lineTo(stroke[n][0] * scale, stroke[n][1] * scale);
        pen.stroke();
      }
    }
  };
  const inside = (value, most) => Math.min(Math.max(Math.round(value), 0), most);
  const add = (event) => {
    const box = pad.getBoundingClientRect();
    const now = Math.round(event.timeStamp);
    if (!begun) begun = now;
    const last = writing[writing.length - 1];
    const at = Math.max(now - begun, last ? last[2] : 0, strokes.length > 1 && !last ? strokes[strokes.length - 2].at(-1)[2] : 0);
    writing.push([
      inside(((event.clientX - box.left) * 1000) / box.width, 1000),
      inside(((event.clientY - box.top) * 1000) / box.width, 400),
      inside(at, 3600000),
      // A mouse reports 0 or 0.5 whatever the hand does.
      event.pointerType === "mouse" ? 500 : inside(event.pressure * 1000, 1000),
    ]);
  };
  const tell = () => { state.textContent = strokes.length ? `已书写${strokes.length}笔。` : "还没有书写。"; };

  pad.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    device.value = ["pen", "touch", "mouse"].includes(event.pointerType) ? event.pointerType : "mouse";
    writing = [];
    strokes.push(writing);
    add(event);
  });
  pad.addEventListener("pointermove", (event) => {
    if (!writing) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length ? all : [event]) add(one);
    draw();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    pad.addEventListener(name, () => { writing = null; field.value = strokes.length ? JSON.stringify(strokes) : ""; tell(); });
  }
  form.querySelector("[data-signing-clear]").addEventListener("click", () => {
    strokes = [];
    begun = 0;
    field.value = "";
    draw();
    tell();
  });
  if (field.value) {
    // The form came back with an error elsewhere: what was written stays.
    try { strokes = JSON.parse(field.value); } catch { strokes = []; field.value = ""; }
    tell();
  }
  new ResizeObserver(fit).observe(pad);
  fit();
})();
