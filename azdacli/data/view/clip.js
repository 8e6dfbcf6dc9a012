// One clip: its video, and the messages about the frame that is on the screen, loaded some seconds at a time.

import { draw } from "./overlay.js";

const SPAN = 4; // seconds of messages that one request brings
const KEPT = 40; // spans in memory: a long video is never held as a whole
const TAIL = 1.5; // seconds that the path of a tracked object reaches back

export class Clip {
  constructor(figure, options) {
    this.figure = figure;
    this.video = figure.querySelector("video");
    this.image = figure.querySelector("img");
    this.canvas = figure.querySelector("canvas");
    this.options = options; // {shown, filter, onFrame, onBroken}
    this.about = { sources: [], step: 1 / 30, end: 0, labels: {}, timeline: [] };
    this.spans = new Map();
    this.time = 0;
    this.frames = [];
    this.generation = 0;
    this.extra = () => {};
    this.video.addEventListener("error", () => {
      this.broken = !this.still;
      if (this.broken) options.onBroken();
    });
    new ResizeObserver(() => this.redraw()).observe(this.figure);
    const each = (_now, frame) => {
      this.arrive(frame.mediaTime);
      this.video.requestVideoFrameCallback(each);
    };
    this.video.requestVideoFrameCallback(each);
  }

  async load(number, still) {
    const generation = ++this.generation;
    this.number = number;
    this.still = still;
    this.spans.clear();
    this.time = 0;
    this.frames = [];
    this.broken = false;
    this.video.hidden = still;
    this.image.hidden = !still;
    if (still) {
      this.video.removeAttribute("src");
      this.image.src = `media/${number}`;
    } else {
      this.video.src = `media/${number}`;
    }
    let about;
    do {
      about = await (await fetch(`api/clips/${number}`)).json();
      if (generation !== this.generation) return;
      this.about = about;
      if (!about.whole) await new Promise((done) => setTimeout(done, 150));
    } while (!about.whole);
    this.arrive(this.time);
  }

  get duration() {
    return this.still ? 0 : this.video.duration || this.about.end || 0;
  }

  // The middle of a frame is asked for, so that rounding never shows its neighbour.
  seek(time) {
    if (!this.still) this.video.currentTime = Math.min(Math.max(0, time) + this.about.step / 2, this.duration || 1e9);
  }

  step(count) {
    this.video.pause();
    this.seek(this.time + count * this.about.step);
  }

  // A frame is on the screen: draw what belongs to it, and nothing until that is known.
  async arrive(time) {
    this.time = time;
    const generation = this.generation;
    this.frames = this.known(time);
    this.redraw();
    if (!this.has(time)) {
      await Promise.all([this.fetchSpan(time), this.fetchSpan(time - TAIL)]);
      if (generation !== this.generation || this.time !== time) return;
      this.frames = this.known(time);
      this.redraw();
    }
    this.fetchSpan(time + SPAN / 2);
    this.options.onFrame(this);
  }

  has(time) {
    return this.spans.has(Math.floor(Math.max(0, time) / SPAN));
  }

  known(time) {
    const near = this.about.step / 2;
    const found = this.between(time - near, time + near);
    const best = new Map(); // the nearest message about the same sensors
    for (const frame of found) {
      const key = JSON.stringify(frame.sources);
      const other = best.get(key);
      if (!other || Math.abs(frame.time - time) < Math.abs(other.time - time)) best.set(key, frame);
    }
    return [...best.values()];
  }

  between(begin, end) {
    const found = [];
    for (let span = Math.floor(Math.max(0, begin) / SPAN); span <= Math.floor(end / SPAN); span++) {
      for (const frame of this.spans.get(span) ?? []) if (frame.time >= begin && frame.time <= end) found.push(frame);
    }
    return found;
  }

  async fetchSpan(time) {
    const span = Math.floor(Math.max(0, time) / SPAN);
    if (this.spans.has(span) || !this.about.whole) return;
    const generation = this.generation;
    const end = (span + 1) * SPAN;
    const answer = await fetch(`api/clips/${this.number}/frames?from=${span * SPAN}&to=${end}`);
    const frames = answer.ok ? (await answer.json()).filter((frame) => frame.time < end) : [];
    if (generation !== this.generation) return;
    this.spans.set(span, frames);
    while (this.spans.size > KEPT) this.spans.delete(this.spans.keys().next().value);
  }

  redraw() {
    draw(this.canvas, this.broken ? [] : this.frames, {
      sources: this.about.sources,
      shown: this.options.shown,
      filter: this.options.filter,
      past: (frame) => this.between(frame.time - TAIL, frame.time),
    });
    this.extra(this.canvas);
  }
}
