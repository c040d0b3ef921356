// Figures whose points can be read: a button above each shows its charts in place of the drawing, and back.
// A slider and a table beside the charts say with the keyboard and in words what the pointer shows.

const dark = matchMedia("(prefers-color-scheme: dark)");
const live = [];

function made(name, attributes = {}, ...content) {
  const element = document.createElement(name);
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
  element.append(...content);
  return element;
}

function box(name, checked, hear) {
  const input = made("input", { type: "checkbox" });
  input.checked = checked;
  input.addEventListener("change", () => hear(input.checked));
  return made("label", { class: "switch" }, input, name);
}

class Charts {
  constructor(points) {
    this.points = points;
    this.places = [...new Set(points.panels.flatMap((panel) => panel.x))].sort((a, b) => a - b);
    this.place = this.places.length - 1;
    this.plots = [];
    this.state = {
      log: { x: points.x.log, y: points.y.log }, dark: dark.matches, zoom: null, seeds: false,
      shown: points.lines.map(() => true),
    };
    this.rescale();
    this.boxes = points.panels.map((panel) => made("div", { class: "plot", "aria-hidden": "true" }));
    this.element = this.build();
  }

  build() {
    const { points, state } = this;
    const redraw = (change) => (value) => {
      change(value);
      this.draw();
    };
    const switches = made("div", { class: "switches" });
    const curves = points.panels.flatMap((panel) => panel.curves);
    const held = { x: this.places, y: curves.flatMap((curve) => curve.y) };
    const may = ({ log, linear }, values) => log || linear || values.every((value) => value === null || value > 0);
    ["x", "y"].filter((name) => may(points[name], held[name])).forEach((name) => {
      const { title, linear } = points[name];
      const near = linear ? `, linear below ${told(linear)}` : "";
      switches.append(box(`logarithmic ${title}${near}`, state.log[name], redraw((on) => {
        state.log[name] = on;
        this.rescale();
      })));
    });
    if (curves.some((curve) => curve.seed)) {
      switches.append(box("single seeds", false, redraw((on) => (state.seeds = on))));
    }
    switches.append(made("span", { class: "hint" }, "Drag over a chart to enlarge a part, double-click for all."));
    this.levels = points.panels.map(() => made("p", { class: "levels" }));
    const panels = points.panels.map((panel, place) =>
      made("div", { class: "panel" }, made("p", { class: "of" }, panel.title), this.levels[place], this.boxes[place]),
    );
    const charts = made("div", { class: "charts" }, ...panels);
    new ResizeObserver(() => this.resize()).observe(charts);
    return made("div", { class: "live" }, switches, charts, this.slider(), this.table());
  }

  rescale() {
    const { points, state } = this;
    state.scales = { x: scaleOf(points.x, state.log.x), y: scaleOf(points.y, state.log.y) };
  }

  slider() {
    this.range = made("input", { type: "range", min: 0, max: this.places.length - 1, step: 1 });
    this.range.addEventListener("input", () => this.go(Number(this.range.value)));
    this.where = made("output");
    return made("label", { class: "where" }, this.points.x.title, this.range, this.where);
  }

  // One row for every line, one column for every panel.
  table() {
    const { points } = this;
    const heads = [points.line || "line", ...points.panels.map((panel) => panel.title)];
    this.rows = points.lines.map((line, place) => {
      const mark = made("span", { class: "mark" });
      const name = points.lines.length > 1 ? this.choice(place) : made("span");
      name.append(mark, ` ${line.name || points.y.title}`);
      const cells = points.panels.map(() => made("td"));
      return { mark, cells, element: made("tr", {}, made("th", { scope: "row" }, name), ...cells) };
    });
    this.caption = made("caption");
    const head = made("tr", {}, ...heads.map((title) => made("th", { scope: "col" }, title)));
    const body = made("tbody", {}, ...this.rows.map((row) => row.element));
    const table = made("table", {}, this.caption, made("thead", {}, head), body);
    return made("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Values at one place" }, table);
  }

  choice(place) {
    return box("", true, (on) => {
      this.state.shown[place] = on;
      this.draw();
    });
  }

  draw() {
    const { points, state } = this;
    this.plots.forEach((plot) => plot.destroy());
    this.plots = points.panels.map((panel, place) =>
      panelPlot(points, panel, state, this.boxes[place], {
        hear: (plot) => this.hear(plot),
        stretch: (zoom) => this.stretch(zoom),
        tell: (text) => (this.levels[place].textContent = text),
      }),
    );
    this.rows.forEach(({ mark }, place) => {
      mark.style.background = state.dark ? points.lines[place].dark : points.lines[place].color;
    });
    this.go(this.place);
    // uPlot finishes a new plot after this, and only then shows where the line of its pointer stands.
    queueMicrotask(() => this.go(this.place));
  }

  stretch(zoom) {
    this.state.zoom = zoom;
    this.plots.forEach((plot) => plot.setData(plot.data));
  }

  resize() {
    this.plots.forEach((plot, place) => {
      if (this.boxes[place].clientWidth) plot.setSize({ width: this.boxes[place].clientWidth, height: HEIGHT });
    });
  }

  // The pointer stands over a panel: all others follow. What it sets in turn is no pointer.
  hear(plot) {
    const { idx, left } = plot.cursor;
    if (this.moving) return;
    const gone = idx === null || idx === undefined || left < 0;
    if (gone) this.go(this.place);
    else this.go(this.places.indexOf(plot.data[0][idx]), plot);
  }

  go(place, source) {
    this.place = place;
    const x = this.places[place];
    this.moving = true;
    this.plots.filter((plot) => plot !== source).forEach((plot) => {
      const own = plot.data[0];
      const inside = x >= own[0] && x <= own[own.length - 1];
      plot.setCursor({ left: inside ? plot.valToPos(x, "x") : -10, top: 0 });
    });
    this.moving = false;
    this.tell(x);
  }

  tell(x) {
    const { points } = this;
    const at = `${points.x.title} ${told(x)}`;
    this.range.value = this.place;
    this.range.setAttribute("aria-valuetext", at);
    this.where.textContent = told(x);
    this.caption.textContent = `${points.y.title} at ${at}`;
    this.rows.forEach(({ cells }, line) =>
      cells.forEach((cell, place) => cell.replaceChildren(...valueAt(points.panels[place], line, x))),
    );
  }
}

function valueAt(panel, line, x) {
  const curve = panel.curves.find((each) => each.line === line && !each.single && !each.seed);
  const index = panel.x.indexOf(x);
  if (!curve || index < 0 || curve.y[index] === null) return ["–"];
  const ends = curve.low ? [curve.low[index], curve.high[index]] : [];
  const band = ends.some((end) => end !== null) ? [made("span", { class: "band" }, ends.map(told).join(" to "))] : [];
  return [`${told(curve.y[index])} `, ...band];
}

document.querySelectorAll("figure:has(script.points)").forEach((figure) => {
  const button = made("button", { type: "button", class: "explore", "aria-pressed": "false" }, "Explore the values");
  figure.prepend(made("div", { class: "tools" }, button));
  let charts = null;
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") === "false";
    button.setAttribute("aria-pressed", String(on));
    figure.classList.toggle("exploring", on);
    if (!on || charts) return;
    charts = [...figure.querySelectorAll("script.points")].map((source) => {
      const chart = new Charts(JSON.parse(source.textContent));
      source.after(chart.element);
      chart.draw();
      return chart;
    });
    live.push(...charts);
  });
});

dark.addEventListener("change", () =>
  live.forEach((charts) => {
    charts.state.dark = dark.matches;
    charts.draw();
  }),
);
