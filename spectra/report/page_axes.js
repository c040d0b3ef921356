// Numbers, marks and scales of the axes of a chart.

const MOST_MARKS = 8; // that find room beside one another
const NEAR = 1e-9; // relative, below which two numbers are one

function told(value) {
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) {
    const [mantissa, exponent] = value.toExponential(2).split("e");
    const power = [...String(Number(exponent))].map((sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign])).join("");
    const front = String(Number(mantissa)).replace("-", "−");
    return front === "1" ? `10${power}` : `${front}×10${power}`;
  }
  return String(Number(value.toPrecision(4))).replace("-", "−");
}

// Round numbers between two ends, at most some.
function evenMarks(low, high) {
  const rough = (high - low) / MOST_MARKS;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((share) => share * unit).find((each) => each >= rough * (1 - NEAR));
  const marks = [];
  for (let count = Math.ceil(low / step - NEAR); count * step <= high + NEAR * step; count += 1) {
    marks.push(Number((count * step).toPrecision(12)));
  }
  return marks;
}

// Powers of ten with as many numbers between them as find room; round numbers where there is less than a power of ten.
function logarithmicMarks(low, high) {
  const decades = Math.log10(high / low);
  if (decades < 1) return evenMarks(low, high).filter((mark) => mark > 0);
  const between = decades < 2 ? [1, 2, 5] : decades < 4 ? [1, 3] : [1];
  const stride = Math.max(1, Math.ceil(decades / MOST_MARKS));
  const marks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    if (power % stride === 0) between.forEach((share) => marks.push(Number((share * 10 ** power).toPrecision(12))));
  }
  return marks.filter((mark) => mark >= low * (1 - NEAR) && mark <= high * (1 + NEAR));
}

// Zero, and what lies on its two sides where an axis is logarithmic.
function bothWays(low, high, linear) {
  if (Math.max(-low, high) <= 2 * linear) return evenMarks(low, high);
  if (low > 0) return logarithmicMarks(low, high);
  const side = (end) => logarithmicMarks(linear, Math.max(end, 10 * linear)).filter((mark) => mark <= end);
  return [...side(-low).map((mark) => -mark).reverse(), ...(low <= 0 && high >= 0 ? [0] : []), ...side(high)];
}

// Marks whose numbers do not touch each other: zero before all, then from the largest down.
function apartMarks(marks, share, room) {
  const kept = [];
  const first = marks.filter((mark) => mark === 0);
  [...first, ...marks.filter((mark) => mark !== 0).reverse()].forEach((mark) => {
    if (kept.every((other) => Math.abs(share(mark) - share(other)) >= room(mark, other))) kept.push(mark);
  });
  return kept.sort((a, b) => a - b);
}

// Few places are marked themselves: sizes and learning rates are read as they are.
function marksOf(low, high, scale, places) {
  if (!(high > low)) return [low];
  const inside = (places || []).filter((place) => place >= low && place <= high);
  if (inside.length > 1 && places.length <= MOST_MARKS) return inside;
  if (scale.distr === LINEAR) return evenMarks(low, high);
  return scale.distr === LOGARITHMIC ? logarithmicMarks(low, high) : bothWays(low, high, scale.asinh);
}

// Scales by the numbers that uPlot has for them.
const LINEAR = 1;
const LOGARITHMIC = 3;
const BOTH_WAYS = 4; // linear up to a number and logarithmic beyond, so that it holds zero

function scaleOf(axis, log) {
  if (!log) return { distr: LINEAR };
  return axis.linear ? { distr: BOTH_WAYS, asinh: axis.linear } : { distr: LOGARITHMIC };
}

function holds(value, scale) {
  return value !== null && value !== undefined && (scale.distr !== LOGARITHMIC || value > 0);
}

// Where a value lies on paper, and which value lies there: lines are straight between these.
function placeOf(value, scale) {
  if (scale.distr === LINEAR) return value;
  return scale.distr === LOGARITHMIC ? Math.log(value) : Math.asinh(value / scale.asinh);
}

function valueAtPlace(place, scale) {
  if (scale.distr === LINEAR) return place;
  return scale.distr === LOGARITHMIC ? Math.exp(place) : scale.asinh * Math.sinh(place);
}

// An axis from the smallest to the largest of some numbers, with a margin.
function range(numbers, scale) {
  const usable = numbers.filter((value) => Number.isFinite(value) && holds(value, scale));
  const places = usable.map((value) => placeOf(value, scale));
  if (!places.length) return scale.distr === LOGARITHMIC ? [0.1, 10] : [0, 1];
  const [low, high] = places.reduce(([least, most], place) => [Math.min(least, place), Math.max(most, place)], [
    Infinity, -Infinity,
  ]);
  const least = scale.distr === LINEAR ? 0.05 * Math.abs(high) || 1 : 0.02;
  const margin = scale.distr === LINEAR ? 0.05 * (high - low) || least : Math.max(0.05 * (high - low), least);
  return [low - margin, high + margin].map((place) => valueAtPlace(place, scale));
}
