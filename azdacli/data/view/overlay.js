// Draws the results of one frame over the picture. Whatever text is drawn is drawn as pixels: no label is ever HTML.

const COLOURS = ["#ff5a5f", "#00c2a8", "#ffb400", "#4c9aff", "#c77dff", "#8ac926", "#ff8fab", "#00b4d8"];
export const GREY = "#9aa2b1";

export function colourOf(label) {
  let sum = 0;
  for (const character of label) sum = (sum * 31 + character.codePointAt(0)) >>> 0;
  return COLOURS[sum % COLOURS.length];
}

// The place of a source's picture in the frame: several sources stand in a grid, in the order of their first message.
export function tileOf(sources, source) {
  const count = Math.max(1, sources.length);
  const columns = Math.ceil(Math.sqrt(count));
  const rows = Math.ceil(count / columns);
  const index = Math.max(0, sources.indexOf(source));
  return { left: (index % columns) / columns, top: Math.floor(index / columns) / rows, width: 1 / columns, height: 1 / rows };
}

// The objects of a message, each with the sensor that it was seen by.
function objectsOf(message) {
  const found = message.inferences.filter((each) => each.type === "detection");
  return found.flatMap((each) => each.detections.map((object) => ({ object, source: each.sourceInfo.id })));
}

function passes(object, filter) {
  // Grouped boxes have no confidence (-0.1): no slider may hide them.
  const sure = object.confidence < 0 || object.confidence >= filter.confidence;
  return sure && !filter.hidden.has(object.label);
}

export function draw(canvas, frames, view) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, width, height);
  pen.lineWidth = 2 * ratio;
  pen.font = `${13 * ratio}px system-ui, sans-serif`;
  pen.textBaseline = "bottom";
  for (const frame of frames) {
    const within = (source) => placed(tileOf(view.sources, source), width, height);
    if (view.shown.regions) for (const region of frame.message.regionsOfInterest) drawRegion(pen, within(region.sensor), region, ratio);
    if (view.shown.tracks) drawTails(pen, within, frame, view);
    for (const { object, source } of objectsOf(frame.message)) {
      if (passes(object, view.filter)) drawObject(pen, within(source), object, view.shown, ratio);
    }
  }
}

// Fractions of a tile to pixels of the canvas.
export function placed(tile, width, height) {
  return (x, y) => [(tile.left + x * tile.width) * width, (tile.top + y * tile.height) * height];
}

function drawObject(pen, at, object, shown, ratio) {
  const [left, top, wide, high] = object.rect;
  const [x, y] = at(left, top);
  const [right, bottom] = at(left + wide, top + high);
  const colour = colourOf(object.label);
  pen.strokeStyle = colour;
  if (shown.boxes) pen.strokeRect(x, y, right - x, bottom - y);
  const words = [];
  if (shown.labels) words.push(object.label);
  if (shown.confidences && object.confidence >= 0) words.push(object.confidence.toFixed(2));
  if (shown.tracks && object.tracking_id >= 0) words.push(`#${object.tracking_id}`);
  if (shown.results) {
    for (const each of object.classifications ?? []) words.push(each.label);
    if (object.customInfo !== undefined) words.push(typeof object.customInfo === "string" ? object.customInfo : JSON.stringify(object.customInfo));
  }
  if (!words.length) return;
  const text = words.join(" ").slice(0, 80);
  const high13 = 16 * ratio;
  const base = Math.max(y, high13);
  pen.fillStyle = "rgba(0, 0, 0, .65)";
  pen.fillRect(x, base - high13, pen.measureText(text).width + 6 * ratio, high13);
  pen.fillStyle = "#fff";
  pen.fillText(text, x + 3 * ratio, base - ratio);
}

function drawRegion(pen, at, region, ratio) {
  drawPolygon(pen, at, region.coordinates, region.color);
  const [x, y] = at(...region.coordinates[0]);
  pen.fillStyle = region.color;
  pen.fillText(region.label.slice(0, 60), x + 4 * ratio, y);
}

export function drawPolygon(pen, at, corners, colour, closed = true) {
  pen.strokeStyle = colour;
  pen.beginPath();
  corners.forEach((corner, index) => (index ? pen.lineTo(...at(...corner)) : pen.moveTo(...at(...corner))));
  if (closed) pen.closePath();
  pen.stroke();
}

function drawTails(pen, within, frame, view) {
  const paths = new Map();
  for (const past of view.past(frame)) {
    for (const { object, source } of objectsOf(past.message)) {
      if (object.tracking_id < 0 || !passes(object, view.filter)) continue;
      const [left, top, wide, high] = object.rect;
      const key = JSON.stringify([source, object.tracking_id]);
      const path = paths.get(key) ?? { label: object.label, source, points: [] };
      path.points.push([left + wide / 2, top + high]);
      paths.set(key, path);
    }
  }
  for (const { label, source, points } of paths.values()) {
    if (points.length > 1) drawPolygon(pen, within(source), points, colourOf(label), false);
  }
}
