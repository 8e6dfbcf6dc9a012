// Objects of each label over the time of the clip; a click goes there.

import { colourOf, GREY } from "./overlay.js";

const LINES = 6;

export function labelsShown(about) {
  return Object.keys(about.labels).slice(0, LINES);
}

export function drawTimeline(canvas, clip) {
  const ratio = window.devicePixelRatio || 1;
  const width = (canvas.width = Math.round(canvas.clientWidth * ratio));
  const height = (canvas.height = Math.round(canvas.clientHeight * ratio));
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, width, height);
  const { timeline, end } = clip.about;
  const duration = Math.max(clip.duration, end) || 1;
  const most = Math.max(1, ...timeline.flatMap((part) => Object.values(part)));
  pen.lineWidth = 1.5 * ratio;
  for (const label of labelsShown(clip.about)) {
    pen.strokeStyle = colourOf(label);
    pen.beginPath();
    timeline.forEach((part, index) => {
      const x = ((index + 0.5) / timeline.length) * (end / duration) * width;
      const y = height - 4 * ratio - ((part[label] ?? 0) / most) * (height - 12 * ratio);
      if (index) pen.lineTo(x, y);
      else pen.moveTo(x, y);
    });
    pen.stroke();
  }
  pen.fillStyle = GREY;
  pen.fillRect((clip.time / duration) * width - ratio, 0, 2 * ratio, height);
}

export function timeAt(canvas, clip, event) {
  const box = canvas.getBoundingClientRect();
  return (Math.min(Math.max(0, event.clientX - box.left), box.width) / box.width) * (Math.max(clip.duration, clip.about.end) || 0);
}
