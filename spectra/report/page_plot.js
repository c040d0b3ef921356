// One panel of a chart, drawn by uPlot.

const HEIGHT = 250;
const DASHES = [[6, 4], [2, 2]];
const NOTHING = [null, undefined];

function paint(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function usable(value, log) {
  return NOTHING.includes(value) || (log && value <= 0) ? null : value;
}

// Columns as uPlot has them: x, and for every curve its values and, where it has them, the ends of its band.
function columns(panel, state) {
  const kept = panel.x.map((place, index) => index).filter((index) => usable(panel.x[index], state.logX) !== null);
  const data = [kept.map((index) => panel.x[index])];
  panel.curves.forEach((curve) => {
    [curve.y, curve.low, curve.high].filter(Boolean).forEach((values) => {
      data.push(kept.map((index) => usable(values[index], state.logY)));
    });
  });
  return data;
}

// Where lines coincide, the later ones lie within the earlier, and all stay seen; lines of one colour grow thinner.
function thickness(lines, place) {
  const colors = [...new Set(lines.map((line) => line.color))];
  const before = lines.slice(0, place).filter((line) => line.color === lines[place].color).length;
  const rank = colors.indexOf(lines[place].color) / Math.max(1, colors.length - 1);
  return Math.max(0.8, (3 - 1.6 * rank) * 0.8 ** before);
}

function series(points, panel, state) {
  const all = [{}];
  const bands = [];
  panel.curves.forEach((curve) => {
    const line = points.lines[curve.line];
    const color = state.dark ? line.dark : line.color;
    const show = state.shown[curve.line];
    const thin = curve.single || curve.dashed;
    all.push({
      show,
      stroke: color,
      width: thin ? 1 : thickness(points.lines, curve.line),
      dash: curve.single ? [2, 3] : curve.dashed ? DASHES[curve.line % 2] : undefined,
      spanGaps: true,
      points: { show: !thin && panel.x.length <= 60, size: 5, fill: color, stroke: color },
    });
    if (!curve.low) return;
    // uPlot wants the upper end of a band before the lower one.
    bands.push({ series: [all.length + 1, all.length], fill: `${color}2e`, show });
    all.push(...[0, 1].map(() => ({ show, stroke: "transparent", width: 0, spanGaps: true, points: { show: false } })));
  });
  return { all, bands };
}

// Everything that is shown in any panel, so that all have one vertical axis; levels only where they are near.
function heights(points, state) {
  const numbers = [];
  const inside = (place) => !state.zoom || (place >= state.zoom[0] && place <= state.zoom[1]);
  points.panels.forEach((panel) =>
    panel.curves.filter((curve) => state.shown[curve.line]).forEach((curve) =>
      [curve.y, curve.low, curve.high].filter(Boolean).forEach((values) =>
        values.forEach((value, index) => {
          if (usable(value, state.logY) !== null && inside(panel.x[index])) numbers.push(value);
        }),
      ),
    ),
  );
  const [low, high] = range(numbers, state.logY);
  const length = (from, to) => (state.logY ? Math.log(to / from) : to - from);
  points.panels.flatMap((panel) => panel.levels).forEach(({ height }) => {
    if (usable(height, state.logY) === null) return;
    if (length(Math.min(low, height), Math.max(high, height)) <= 2 * length(low, high)) numbers.push(height);
  });
  return range(numbers, state.logY);
}

// Whether the panels are so far apart along x that a shared axis would be half empty.
function apart(points, log) {
  const length = (places) => {
    const [low, high] = range(places, log);
    return log ? Math.log(high / low) : high - low;
  };
  const widest = Math.max(...points.panels.map((panel) => length(panel.x)));
  return length(points.panels.flatMap((panel) => panel.x)) > 1.4 * widest;
}

function drawLevels(plot, levels) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = paint("--muted");
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.lineWidth = devicePixelRatio;
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = "right";
  // Of two that are close, the lower has its name below itself.
  [...levels].sort((a, b) => b.height - a.height).forEach(({ name, height }, place) => {
    const at = plot.valToPos(height, "y", true);
    if (!(at >= bbox.top && at <= bbox.top + bbox.height)) return;
    ctx.beginPath();
    ctx.moveTo(bbox.left, at);
    ctx.lineTo(bbox.left + bbox.width, at);
    ctx.stroke();
    ctx.fillText(name, bbox.left + bbox.width - 4 * devicePixelRatio, at + (place ? 12 : -4) * devicePixelRatio);
  });
  ctx.restore();
}

function axis(title, log, places, side) {
  return {
    label: title,
    labelSize: 20,
    labelFont: "12px system-ui, sans-serif",
    font: "12px system-ui, sans-serif",
    size: side ? 58 : 34,
    stroke: paint("--muted"),
    grid: { stroke: paint("--line"), width: 1 },
    ticks: { show: false },
    splits: (plot, place, low, high) => marksOf(low, high, log, places),
    filter: (plot, marks) => marks,
    values: (plot, marks) => marks.map(told),
  };
}

// hear(plot) is called where the pointer moves over a panel; stretch([low, high]) where a part of x is chosen, and
// stretch(null) at a double click.
function panelPlot(points, panel, state, box, { hear, stretch }) {
  const { all, bands } = series(points, panel, state);
  const places = [...new Set((apart(points, state.logX) ? [panel] : points.panels).flatMap((each) => each.x))];
  const across = range(places, state.logX);
  const scale = (log, ends) => ({ time: false, distr: log ? 3 : 1, range: ends });
  return new uPlot(
    {
      width: box.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: {
        y: false,
        bind: { dblclick: () => () => stretch(null) },
        drag: { x: true, y: false, setScale: false },
        points: { size: 8 },
      },
      scales: {
        x: scale(state.logX, () => state.zoom || across),
        y: scale(state.logY, () => heights(points, state)),
      },
      axes: [
        axis(points.x.title, state.logX, places, false),
        axis(points.y.title, state.logY, null, true),
      ],
      series: all,
      bands,
      hooks: {
        setCursor: [hear],
        draw: [(plot) => drawLevels(plot, panel.levels)],
        setSelect: [(plot) => {
          const { left, width } = plot.select;
          if (width > 4) stretch([plot.posToVal(left, "x"), plot.posToVal(left + width, "x")]);
          plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        }],
      },
    },
    columns(panel, state),
    box,
  );
}
