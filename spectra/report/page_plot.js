// One panel of a chart, drawn by uPlot.

const HEIGHT = 250;
const DASHES = [[6, 4], [2, 2]];

function paint(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
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
    const show = isShown(curve, state);
    const thin = curve.single || curve.dashed || curve.seed;
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

function drawLevels(plot, levels) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = paint("--muted");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  levels.map(({ height }) => plot.valToPos(height, "y", true)).forEach((at) => {
    if (!(at >= bbox.top && at <= bbox.top + bbox.height)) return;
    ctx.beginPath();
    ctx.moveTo(bbox.left, at);
    ctx.lineTo(bbox.left + bbox.width, at);
    ctx.stroke();
  });
  ctx.restore();
}

// What the dashed lines are, in words above the panel, where no curve strikes them through.
function levelWords(levels, { min, max }) {
  const told = levels.filter(({ name }) => name).map(({ name, height }) => {
    if (height > max) return `${name} (above this axis)`;
    return height < min ? `${name} (below this axis)` : name;
  });
  return told.length ? `dashed: ${told.join(", ")}` : "";
}

// Pixels from the middle of one number to that of the next.
const LETTER = 7;
const LINE = 15;

function marksWithRoom(low, high, scale, places, side, pixels) {
  const [start, end] = [low, high].map((value) => placeOf(value, scale));
  const share = (mark) => (pixels * (placeOf(mark, scale) - start)) / (end - start || 1);
  const letters = (...marks) => marks.map((mark) => told(mark).length).reduce((a, b) => a + b);
  const room = side ? () => LINE : (one, other) => (LETTER * letters(one, other)) / 2 + LETTER;
  return apartMarks(marksOf(low, high, scale, places), share, room);
}

function axis(title, scale, places, side, pixels) {
  return {
    label: title,
    labelSize: 20,
    labelFont: "12px system-ui, sans-serif",
    font: "12px system-ui, sans-serif",
    size: side ? 58 : 34,
    stroke: paint("--muted"),
    grid: { stroke: paint("--line"), width: 1 },
    ticks: { show: false },
    splits: (plot, place, low, high) => marksWithRoom(low, high, scale, places, side, pixels()),
    filter: (plot, marks) => marks,
    values: (plot, marks) => marks.map(told),
  };
}

// hear(plot) is called where the pointer moves over a panel; stretch([low, high]) where a part of x is chosen, and
// stretch(null) at a double click; tell(text) says what the dashed lines are.
function panelPlot(points, panel, state, box, { hear, stretch, tell }) {
  const { all, bands } = series(points, panel, state);
  const { x, y } = state.scales;
  const places = [...new Set((apart(points, x) ? [panel] : points.panels).flatMap((each) => each.x))];
  const across = range(places, x);
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
        x: { ...x, time: false, range: () => state.zoom || across },
        y: { ...y, time: false, range: () => heights(points, state) },
      },
      axes: [
        axis(points.x.title, x, places, false, () => box.clientWidth - 70),
        axis(points.y.title, y, null, true, () => HEIGHT - 60),
      ],
      series: all,
      bands,
      hooks: {
        setCursor: [hear],
        draw: [(plot) => {
          drawLevels(plot, panel.levels);
          tell(levelWords(panel.levels, plot.scales.y));
        }],
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
