// What of the points of a chart is drawn, and how high that is.

const FAR_BELOW = 1e-300;

// Columns as uPlot has them: x, and for every curve its values and, where it has them, the ends of its band.
function columns(panel, { scales }) {
  const kept = panel.x.map((place, index) => index).filter((index) => holds(panel.x[index], scales.x));
  const data = [kept.map((index) => panel.x[index])];
  panel.curves.forEach((curve) => {
    [curve.y, curve.low, curve.high].filter(Boolean).forEach((values) => {
      data.push(kept.map((index) => drawn(values[index], curve.y[index], scales.y)));
    });
  });
  return data;
}

// A band that reaches to zero or below leaves a logarithmic axis at its lower end.
function drawn(value, middle, scale) {
  if (holds(value, scale)) return value;
  return holds(middle, scale) && value !== null && value !== undefined ? FAR_BELOW : null;
}

function isShown(curve, state) {
  return state.shown[curve.line] && (!curve.seed || state.seeds);
}

// The heights of a line in a part of x: at its points there, and where it enters and leaves.
function within(places, values, [from, to], scales) {
  const points = [];
  places.forEach((x, index) => {
    if (holds(x, scales.x) && holds(values[index], scales.y)) points.push([x, values[index]]);
  });
  const found = points.filter(([x]) => x >= from && x <= to).map(([, y]) => y);
  points.slice(1).forEach(([right, above], index) => {
    const [left, below] = points[index];
    [from, to].filter((edge) => left < edge && edge < right).forEach((edge) => {
      const [start, end, place] = [left, right, edge].map((x) => placeOf(x, scales.x));
      const share = (place - start) / (end - start);
      const [first, last] = [below, above].map((y) => placeOf(y, scales.y));
      found.push(valueAtPlace(first + share * (last - first), scales.y));
    });
  });
  return found;
}

// Everything that is shown in any panel, so that all have one vertical axis; levels only where they are near.
function heights(points, state) {
  const { scales } = state;
  const window = state.zoom || [-Infinity, Infinity];
  const numbers = points.panels.flatMap((panel) =>
    panel.curves.filter((curve) => isShown(curve, state)).flatMap((curve) =>
      [curve.y, curve.low, curve.high].filter(Boolean).flatMap((values) => within(panel.x, values, window, scales)),
    ),
  );
  const [low, high] = range(numbers, scales.y);
  const length = (from, to) => placeOf(to, scales.y) - placeOf(from, scales.y);
  points.panels.flatMap((panel) => panel.levels).forEach(({ height }) => {
    if (!holds(height, scales.y)) return;
    if (length(Math.min(low, height), Math.max(high, height)) <= 2 * length(low, high)) numbers.push(height);
  });
  return range(numbers, scales.y);
}

// Whether the panels are so far apart along x that a shared axis would be half empty.
function apart(points, scale) {
  const length = (places) => {
    const [low, high] = range(places, scale).map((end) => placeOf(end, scale));
    return high - low;
  };
  const widest = Math.max(...points.panels.map((panel) => length(panel.x)));
  return length(points.panels.flatMap((panel) => panel.x)) > 1.4 * widest;
}
