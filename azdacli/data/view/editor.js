// Regions of interest on the paused picture: drawn by clicks, named, undone, saved into the file that `--settings` names.

import { drawPolygon, placed, tileOf } from "./overlay.js";

const LEAST = 3;

export class Editor {
  constructor(clip, say) {
    this.clip = clip;
    this.say = say;
    this.sensors = {};
    this.sensor = "";
    this.past = [];
    this.corners = null; // of the region that is being drawn
    this.elements = Object.fromEntries(["sensor", "regions", "draw", "undo", "save", "editor-file", "editor"].map((id) => [id, document.getElementById(id)]));
    const { sensor, draw, undo, save } = this.elements;
    sensor.addEventListener("change", () => this.choose(sensor.value));
    draw.addEventListener("click", () => (this.corners ? this.close() : this.begin()));
    undo.addEventListener("click", () => this.undo());
    save.addEventListener("click", () => this.save());
    clip.canvas.addEventListener("click", (event) => this.click(event));
    clip.extra = (canvas) => this.drawOver(canvas);
  }

  async load() {
    const answer = await fetch("api/regions");
    const found = await answer.json();
    if (!answer.ok || !found.file) {
      this.elements["editor-file"].textContent = found.error?.message ?? "Start azdacli view with --settings FILE to draw regions into it.";
      for (const each of ["draw", "undo", "save", "sensor"]) this.elements[each].disabled = true;
      return;
    }
    this.take(found);
  }

  take(found) {
    this.version = found.version;
    this.sensors = found.sensors;
    this.elements["editor-file"].textContent = found.file;
    const names = Object.keys(found.sensors);
    this.elements.sensor.replaceChildren(...names.map((name) => new Option(name, name)));
    this.choose(names.includes(this.sensor) ? this.sensor : names.find((name) => this.clip.about.sources.includes(name)) ?? names[0]);
  }

  choose(sensor) {
    this.sensor = sensor;
    this.elements.sensor.value = sensor;
    this.past = [];
    this.list();
  }

  get regions() {
    return this.sensors[this.sensor] ?? [];
  }

  change(regions) {
    this.past.push(structuredClone(this.regions));
    this.sensors[this.sensor] = regions;
    this.list();
  }

  begin() {
    this.clip.video.pause();
    this.corners = [];
    this.clip.figure.classList.add("drawing");
    this.elements.draw.setAttribute("aria-pressed", "true");
    this.elements.draw.textContent = "Close the region";
  }

  end() {
    this.corners = null;
    this.clip.figure.classList.remove("drawing");
    this.elements.draw.setAttribute("aria-pressed", "false");
    this.elements.draw.textContent = "Draw a region";
    this.list();
  }

  close() {
    if (this.corners.length < LEAST) {
      this.say(`A region needs at least ${LEAST} corners; it has ${this.corners.length}.`);
      return;
    }
    const number = this.regions.length + 1;
    this.change([...this.regions, { label: `region ${number}`, color: "#ff0000", coordinates: this.corners }]);
    this.end();
    this.say("The region is drawn. Name it, then save.");
  }

  click(event) {
    if (!this.corners) return;
    const box = this.clip.canvas.getBoundingClientRect();
    const tile = this.tile();
    const x = ((event.clientX - box.left) / box.width - tile.left) / tile.width;
    const y = ((event.clientY - box.top) / box.height - tile.top) / tile.height;
    const corner = [x, y].map((value) => Number(Math.min(1, Math.max(0, value)).toFixed(4)));
    this.corners.push(corner);
    this.list();
  }

  undo() {
    if (this.corners?.length) this.corners.pop();
    else if (this.past.length) this.sensors[this.sensor] = this.past.pop();
    this.list();
  }

  tile() {
    const sources = this.clip.about.sources;
    return sources.includes(this.sensor) ? tileOf(sources, this.sensor) : { left: 0, top: 0, width: 1, height: 1 };
  }

  drawOver(canvas) {
    const pen = canvas.getContext("2d");
    const at = placed(this.tile(), canvas.width, canvas.height);
    pen.setLineDash([8, 5]);
    for (const region of this.regions) if (region.coordinates?.length) drawPolygon(pen, at, region.coordinates, region.color || "#ff0000");
    if (this.corners?.length) {
      drawPolygon(pen, at, this.corners, "#ffffff", false);
      for (const corner of this.corners) pen.strokeRect(...at(...corner).map((value) => value - 3), 6, 6);
    }
    pen.setLineDash([]);
  }

  list() {
    this.elements.regions.replaceChildren(...this.regions.map((region, index) => this.row(region, index)));
    this.elements.undo.disabled = !this.past.length && !this.corners?.length;
    this.clip.redraw();
  }

  row(region, index) {
    const item = document.createElement("li");
    const color = Object.assign(document.createElement("input"), { type: "color", value: /^#[0-9a-f]{6}$/i.test(region.color) ? region.color : "#ff0000" });
    color.setAttribute("aria-label", "Colour of the region");
    const name = Object.assign(document.createElement("input"), { type: "text", value: region.label ?? "", maxLength: 128 });
    name.setAttribute("aria-label", "Name of the region");
    const drop = Object.assign(document.createElement("button"), { type: "button", textContent: "Delete" });
    const replaced = (fields) => this.change(this.regions.map((each, at) => (at === index ? { ...each, ...fields } : each)));
    color.addEventListener("change", () => replaced({ color: color.value }));
    name.addEventListener("change", () => replaced({ label: name.value }));
    drop.addEventListener("click", () => this.change(this.regions.filter((_, at) => at !== index)));
    item.append(color, name, drop);
    return item;
  }

  async save() {
    const body = JSON.stringify({ sensor: this.sensor, regions: this.regions, version: this.version });
    const answer = await fetch("api/regions", { method: "PUT", body, headers: { "Content-Type": "application/json" } });
    const found = await answer.json();
    if (!answer.ok) {
      this.say([found.error.message, found.error.hint].filter(Boolean).join(". "));
      return;
    }
    this.take(found);
    this.say(`Saved in ${found.file}.`);
  }
}
