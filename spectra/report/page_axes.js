// Numbers and marks of the axes of a chart.

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

// Few places are marked themselves: sizes and learning rates are read as they are.
function marksOf(low, high, log, places) {
  if (!(high > low)) return [low];
  const inside = (places || []).filter((place) => place >= low && place <= high);
  if (inside.length > 1 && places.length <= MOST_MARKS) return inside;
  return log ? logarithmicMarks(low, high) : evenMarks(low, high);
}

// An axis from the smallest to the largest of some numbers, with a margin.
function range(numbers, log) {
  const usable = numbers.filter((value) => Number.isFinite(value) && (!log || value > 0));
  if (!usable.length) return log ? [0.1, 10] : [0, 1];
  let [low, high] = [usable[0], usable[0]];
  usable.forEach((value) => {
    low = Math.min(low, value);
    high = Math.max(high, value);
  });
  if (log) {
    const margin = Math.max((high / low) ** 0.05, 1.02);
    return [low / margin, high * margin];
  }
  const margin = 0.05 * (high - low) || 0.05 * Math.abs(high) || 1;
  return [low - margin, high + margin];
}
