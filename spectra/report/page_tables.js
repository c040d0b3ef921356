// Tables that can be put in order by a click on a head, and saved as CSV. Without scripts they are plain tables.

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const UNITS = { s: 1, min: 60, h: 3600 };
// As spreadsheets.py: signs with which a spreadsheet starts a formula.
const FORMULA = /^[=+\-@\t\n＝＋－＠]/;
const FEW = 3; // rows: fewer need no order

function power(text) {
  return Number([...text].map((letter) => (letter === "⁻" ? "-" : SUPERSCRIPTS.indexOf(letter))).join(""));
}

// The first number of a cell as words.py writes them: −0.5, 2 480, ×20, 1.2×10⁻⁷, 10⁻⁸, ∞, 3 min; null for other text.
function cellNumber(cell) {
  const text = cell.trim().replace(/−/g, "-").replace(/(?<=\d)[\u202f\u00a0](?=\d)/g, "");
  const sign = text.startsWith("-") ? -1 : 1;
  if (/^-?∞/.test(text)) return sign * Infinity;
  const bare = text.match(/^-?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)/);
  if (bare) return sign * 10 ** power(bare[1]);
  const found = text.match(/^[×±<≤≥>+]*(-?\d+(?:\.\d+)?)(?:×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?(?:\s(s|min|h)$)?/);
  if (!found) return null;
  return Number(found[1]) * (found[2] ? 10 ** power(found[2]) : 1) * (UNITS[found[3]] || 1);
}

// Rows in the order of a column; cells without an entry are last either way, and equal ones keep their order.
function ordered(rows, column, way) {
  const cells = rows.map((row) => row.cells[column].textContent.trim());
  const told = cells.filter((cell) => cell && cell !== "–");
  const numbers = told.filter((cell) => cellNumber(cell) !== null).length > told.length / 2;
  const keys = cells.map((cell) => {
    if (!cell || cell === "–") return null;
    return numbers ? cellNumber(cell) : cell;
  });
  const compare = numbers ? (a, b) => (a < b ? -1 : a > b ? 1 : 0) : new Intl.Collator("en", { numeric: true }).compare;
  const places = rows.map((_, place) => place);
  places.sort((a, b) => {
    if (keys[a] === null || keys[b] === null) return (keys[a] === null) - (keys[b] === null) || a - b;
    return way * compare(keys[a], keys[b]) || a - b;
  });
  return places.map((place) => rows[place]);
}

function addOrder(table) {
  const body = table.tBodies[0];
  const given = [...body.rows];
  if (given.length < FEW) return;
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (!head.textContent.trim()) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "order";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const next = { none: "ascending", ascending: "descending", descending: "none" }[head.ariaSort || "none"];
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      if (next !== "none") head.ariaSort = next;
      body.append(...(next === "none" ? given : ordered(given, column, next === "ascending" ? 1 : -1)));
    });
  });
}

function csvText(table) {
  const lines = [...table.tHead.rows, ...table.tBodies[0].rows].map((row) =>
    [...row.cells].map((cell) => {
      const text = cell.textContent.trim();
      return `"${(FORMULA.test(text) ? "'" + text : text).replace(/"/g, '""')}"`;
    }),
  );
  return lines.map((cells) => cells.join(",")).join("\n") + "\n";
}

function save(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function addSave(table) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "save";
  button.textContent = "CSV";
  button.setAttribute("aria-label", `Save as CSV: ${table.caption.textContent}`);
  const name = table.caption.textContent.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 40).replace(/^-|-$/g, "");
  button.addEventListener("click", () => save(csvText(table), `${name || "table"}.csv`));
  table.closest(".sheet").prepend(button);
}

// A table in a closed part gets its buttons when that is opened: a page may have very many.
const waiting = new Set(document.querySelectorAll(".sheet table"));

function prepare() {
  [...waiting].filter((table) => !table.closest("details:not([open])")).forEach((table) => {
    waiting.delete(table);
    addOrder(table);
    addSave(table);
  });
}

prepare();
document.querySelectorAll("details").forEach((part) => part.addEventListener("toggle", prepare));
