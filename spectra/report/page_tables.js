// Tables that can be put in order by a click on a head, and saved as CSV. Without scripts they are plain tables.

// As spreadsheets.py: where a spreadsheet could start a formula.
const FORMULA = /^(?=[=+\-@\t\n＝＋－＠])|(?<=[;\t\n])(?=[=+\-@＝＋－＠])/g;
const FEW = 3; // rows: fewer need no order
const NAME = 80; // letters of a file's name
const UNKNOWN = ["", "–"];

// The number by which a cell is ordered: the first of those that it tells, or its text where that is one; else null.
function cellNumber(cell) {
  const [told = cell.textContent.trim()] = Object.values(cell.dataset);
  if (UNKNOWN.includes(told)) return null;
  const found = Number(told.replace("inf", "Infinity"));
  return Number.isNaN(found) ? null : found;
}

// Rows in the order of a column; cells without an entry are last either way, and equal ones keep their order.
function ordered(rows, column, way) {
  const cells = rows.map((row) => row.cells[column]);
  const texts = cells.map((cell) => cell.textContent.trim());
  const numbers = cells.map(cellNumber);
  const told = texts.filter((text) => !UNKNOWN.includes(text));
  const numeric = numbers.filter((value) => value !== null).length > told.length / 2;
  const keys = numeric ? numbers : texts.map((text) => (UNKNOWN.includes(text) ? null : text));
  const compare = numeric ? (a, b) => (a < b ? -1 : a > b ? 1 : 0) : new Intl.Collator("en", { numeric: true }).compare;
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
  if (given.length < FEW || table.dataset.order === "none") return;
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

function quoted(text) {
  const safe = Number.isNaN(Number(text.replace("inf", "Infinity"))) ? text.replace(FORMULA, "'") : text;
  return `"${safe.replace(/"/g, '""')}"`;
}

// A column for every value that the cells of one tell, or for their text where they tell none.
function csvText(table) {
  const rows = [table.tBodies[0], table.tFoot].filter(Boolean).flatMap((part) => [...part.rows]);
  const columns = [...table.tHead.rows[0].cells].flatMap((head, place) => {
    const keys = [...new Set(rows.flatMap((row) => Object.keys(row.cells[place].dataset)))];
    if (!keys.length) keys.push("value");
    return keys.map((key, rank) => ({ place, key, first: !rank, head: head.textContent.trim() }));
  });
  const name = ({ head, key }) => quoted(key === "value" ? head : head ? `${head}, ${key}` : key);
  const entry = (row) => ({ place, key, first }) => {
    const { dataset, textContent } = row.cells[place];
    if (Object.keys(dataset).length) return quoted(dataset[key] ?? "");
    return quoted(first && textContent.trim() !== "–" ? textContent.trim() : "");
  };
  const lines = [columns.map(name), ...rows.map((row) => columns.map(entry(row)))];
  return lines.map((cells) => `${cells.join(",")}\n`).join("");
}

function save(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// The first sentence of a caption in whole words.
function fileName(caption) {
  const words = caption.split(/[.;:](?:\s|$)/)[0].toLowerCase().match(/[\p{L}\p{N}]+/gu) || [];
  const ends = words.map((_, place) => words.slice(0, place + 1).join("-"));
  return ends.findLast((name) => name.length <= NAME) || "";
}

function addSave(table) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "save";
  button.textContent = "CSV";
  button.setAttribute("aria-label", `Save as CSV: ${table.caption.textContent}`);
  button.addEventListener("click", () => save(csvText(table), `${fileName(table.caption.textContent) || "table"}.csv`));
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
