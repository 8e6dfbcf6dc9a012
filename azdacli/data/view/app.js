// The page: chooses clips, keeps two of them on the same frame, and shows what belongs to it.

import { Clip } from "./clip.js";
import { Editor } from "./editor.js";
import { colourOf } from "./overlay.js";
import { drawTimeline, labelsShown, timeAt } from "./timeline.js";

const SHOWN = { boxes: "Boxes", labels: "Labels", confidences: "Confidences", tracks: "Tracks", results: "Further results", regions: "Regions" };
const KEYS = { b: "boxes", l: "labels", c: "confidences", t: "tracks", i: "results", r: "regions" };
const get = (id) => document.getElementById(id);
const shown = Object.fromEntries(Object.keys(SHOWN).map((name) => [name, true]));
const filter = { confidence: 0, hidden: new Set() };
const say = (text) => (get("status").textContent = text);

let clips = [];
const first = new Clip(get("first"), { shown, filter, onFrame: frameShown, onBroken: () => say("The browser cannot play this video.") });
const second = new Clip(get("second"), { shown, filter, onFrame: () => {}, onBroken: () => say("The browser cannot play the other video.") });
const editor = new Editor(first, say);

function frameShown(clip) {
  get("time").textContent = `${clip.time.toFixed(3)} s`;
  const message = clip.frames.map((frame) => frame.message);
  get("message").textContent = message.length ? JSON.stringify(message.length > 1 ? message : message[0], null, 1) : "No message is about this frame.";
  document.body.dataset.time = clip.time.toFixed(4);
  document.body.dataset.frames = JSON.stringify(clip.frames.map((frame) => frame.time));
  get("timeline").setAttribute("aria-valuenow", clip.time.toFixed(2));
  drawTimeline(get("timeline"), clip);
  if (!get("second").hidden && first.video.paused && Math.abs(second.time - clip.time) > clip.about.step / 2) second.seek(clip.time);
}

function redraw() {
  first.redraw();
  second.redraw();
}

function fillChecks() {
  get("shown").replaceChildren(...Object.entries(SHOWN).map(([name, text]) => check(text, shown[name], (on) => {
    shown[name] = on;
    redraw();
  }, name)));
}

function check(text, on, change, name) {
  const label = document.createElement("label");
  const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: on });
  if (name) box.dataset.name = name;
  box.addEventListener("change", () => change(box.checked));
  label.append(box, ` ${text}`);
  return label;
}

function fillLabels() {
  get("labels").replaceChildren(...Object.entries(first.about.labels).map(([label, count]) => check(`${label} (${count})`, !filter.hidden.has(label), (on) => {
    if (on) filter.hidden.delete(label);
    else filter.hidden.add(label);
    redraw();
  })));
  get("legend").replaceChildren(...labelsShown(first.about).map((label) => {
    const item = document.createElement("li");
    const dot = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    dot.setAttribute("viewBox", "0 0 1 1");
    const square = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [key, value] of [["width", 1], ["height", 1], ["fill", colourOf(label)]]) square.setAttribute(key, value);
    dot.append(square);
    item.append(dot, label);
    return item;
  }));
}

function fillRun({ facts, troubles }) {
  const lines = [...facts, ...troubles];
  get("run-box").hidden = !lines.length;
  get("run").replaceChildren(...lines.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
}

async function choose(number) {
  say("Reading the messages…");
  await first.load(number, clips[number].still);
  get("timeline").setAttribute("aria-valuemax", first.about.end);
  fillLabels();
  fillRun(first.about.run);
  drawTimeline(get("timeline"), first);
  const { messages, unreadable } = first.about;
  const notes = [clips[number].messages ? `${messages} messages` : "There are no messages about this clip"];
  if (unreadable) notes.push(`${unreadable} lines are no message`);
  if (first.broken) notes.push("the browser cannot play this video");
  if (clips[number].drawn) notes.push("boxes are part of this picture; `simulate --view` writes one without");
  say(`${notes.join("; ")}.`);
  if (clips[number].drawn) for (const name of ["boxes", "labels", "confidences"]) shown[name] = false;
  fillChecks();
  redraw();
  document.body.dataset.ready = "true";
}

async function compareWith(value) {
  const off = value === "";
  get("second").hidden = off;
  get("differences-box").hidden = off;
  if (off) return;
  await second.load(Number(value), clips[value].still);
  second.seek(first.time);
  const found = await (await fetch(`api/differences/${first.number}/${value}`)).json();
  const rows = found.map(({ time, objects }) => {
    const item = document.createElement("li");
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: `${time.toFixed(3)} s: ${objects} ${objects === 1 ? "object" : "objects"}` });
    button.addEventListener("click", () => goTo(time));
    item.append(button);
    return item;
  });
  get("differences").replaceChildren(...rows);
  if (!rows.length) say("The two runs found the same in every frame.");
}

function goTo(time) {
  first.seek(time);
  if (!get("second").hidden) second.seek(time);
}

function toggle() {
  if (first.still) return;
  const start = first.video.paused;
  for (const clip of get("second").hidden ? [first] : [first, second]) start ? clip.video.play() : clip.video.pause();
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input[type=text], select")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const far = event.shiftKey ? Math.round(1 / first.about.step) : 1;
  const actions = {
    " ": toggle,
    ArrowLeft: () => move(-far),
    ArrowRight: () => move(far),
    Home: () => goTo(0),
    End: () => goTo(first.about.end || first.duration),
    Enter: () => editor.corners && editor.close(),
    Escape: () => editor.corners && editor.end(),
    Backspace: () => editor.corners && editor.undo(),
    d: () => (editor.corners ? editor.close() : editor.begin()),
  };
  const onButton = event.target.matches("button") && (key === " " || key === "Enter");
  const onSlider = event.target.matches("input[type=range]") && key.startsWith("Arrow");
  if (KEYS[key]) {
    const box = get("shown").querySelector(`[data-name=${KEYS[key]}]`);
    box.checked = shown[KEYS[key]] = !shown[KEYS[key]];
    redraw();
  } else if (actions[key] && !onButton && !onSlider) {
    actions[key]();
  } else {
    return;
  }
  event.preventDefault();
}

function move(count) {
  first.step(count);
  if (!get("second").hidden) second.step(count);
}

async function start() {
  fillChecks();
  const found = await (await fetch("api/clips")).json();
  clips = found.clips;
  const options = () => clips.map((clip, number) => new Option(clip.name, number));
  get("clip").replaceChildren(...options());
  get("compare").replaceChildren(new Option("nothing", ""), ...options());
  get("compare-label").hidden = clips.length < 2;
  await choose(0);
  await editor.load();
}

get("clip").addEventListener("change", () => choose(Number(get("clip").value)));
get("compare").addEventListener("change", () => compareWith(get("compare").value));
get("play").addEventListener("click", toggle);
get("back").addEventListener("click", () => move(-1));
get("on").addEventListener("click", () => move(1));
get("timeline").addEventListener("click", (event) => goTo(timeAt(get("timeline"), first, event)));
get("confidence").addEventListener("input", () => {
  filter.confidence = Number(get("confidence").value);
  get("confidence-value").textContent = filter.confidence.toFixed(2);
  redraw();
});
get("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(get("message").textContent);
  say("Copied.");
});
for (const kind of ["play", "pause"]) first.video.addEventListener(kind, () => {
  get("play").textContent = first.video.paused ? "Play" : "Pause";
  get("play").setAttribute("aria-pressed", String(!first.video.paused));
});
document.addEventListener("keydown", keys);
start().catch((error) => say(String(error.message ?? error)));
