// the order list's JSON, a person's clicks → here → rows on the screen, an order id to the server.
// A row keeps its element for as long as its order is listed, so that a click is never lost to a redraw.
const CELLS = ["risk", "name", "restaurant", "status", "took", "slack", "promise", "eta", "span", "driver"];
const LOADING_ROWS = 8;
const SILENT_MS = 10_000;
const kind = (shape) => (shape ? "g-" + shape.replaceAll(" ", "-") : "none");

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".orders");
  if (!root.lines) mount(root);
  root.tell = setTriggerValue;
  const text = new TextDecoder().decode(data);
  const cut = text.indexOf("\n");
  root.selected = JSON.parse(text.slice(0, cut));
  root.list = JSON.parse(text.slice(cut + 1));
  draw(root);
  watch(root);
}

// A server that fell silent cannot say so: ten seconds after its last tick the whole page loses its colours.
function watch(root) {
  const page = document.documentElement;
  delete page.dataset.silent;
  clearTimeout(root.silence);
  root.silence = setTimeout(() => {
    page.dataset.silent = "1";
    text(root.querySelector(".head .age"), "–");
  }, SILENT_MS);
}

function mount(root) {
  root.lines = new Map();
  const grid = root.querySelector(".grid");
  const act = (event) => {
    const at = event.target.closest("[data-order],[data-filter],[data-more]");
    if (!at) return;
    if (at.dataset.order) choose(root, at.dataset.order);
    else if (at.dataset.filter) root.tell("filter", at.dataset.filter);
    else root.tell("more", true);
  };
  root.addEventListener("click", act);
  grid.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-order]");
    if (!row) return;
    const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
    if (next) next.focus();
    else if (event.key !== "Enter" && event.key !== " ") return;
    else act(event);
    event.preventDefault();
  });
  // Nothing re-sorts under the pointer or the focus: the order is held, and taken up once when both are gone.
  for (const leaving of ["pointerleave", "focusout"]) grid.addEventListener(leaving, () => setTimeout(() => draw(root)));
}

function choose(root, id) {
  root.selected = root.selected === id ? null : id;
  for (const [order, row] of root.lines) mark(row, order === root.selected);
  root.tell("order", root.selected ?? "");
}

function draw(root) {
  const list = root.list;
  if (!list) return;
  root.classList.toggle("stale", Boolean(list.stale));
  root.classList.toggle("waiting", Boolean(list.loading));
  text(root.querySelector(".sort"), list.stale ?? list.loading ?? "least slack first");
  text(root.querySelector(".head .age"), list.age);
  chips(root, list);
  rows(root, list.lines);
  show(root.querySelector(".more"), list.more, (node) => ((node.textContent = list.more), (node.dataset.more = "1")));
  show(root.querySelector(".notice"), list.notice, (node) => notice(node, list.notice));
  loading(root.querySelector(".loading"), list.loading);
}

function show(node, wanted, fill) {
  node.hidden = !wanted;
  if (wanted) fill(node);
}

function chips(root, list) {
  const bar = root.querySelector(".chips");
  while (bar.children.length < list.chips.length) bar.append(element("button", "chip", "<span></span><b></b>"));
  list.chips.forEach(([key, label, count], i) => {
    const chip = bar.children[i];
    chip.dataset.filter = key;
    chip.setAttribute("aria-pressed", String(key === list.filter));
    text(chip.firstChild, label);
    text(chip.lastChild, count);
  });
}

function rows(root, lines) {
  const box = root.querySelector(".lines");
  const listed = new Set(lines.map((line) => line[0]));
  for (const [id, row] of root.lines) if (!listed.has(id)) (row.remove(), root.lines.delete(id));
  const held = root.querySelector(".grid").matches(":hover,:focus-within");
  lines.forEach((line, place) => {
    const row = root.lines.get(line[0]) ?? added(root, box, line[0]);
    fill(row, line, line[0] === root.selected);
    if (!held && box.children[place] !== row) box.insertBefore(row, box.children[place] ?? null);
  });
}

function added(root, box, id) {
  const cells = CELLS.map((name) => `<span role="gridcell" class="${name}"></span>`).join("");
  const row = element("div", "line", cells);
  row.setAttribute("role", "row");
  row.dataset.order = id;
  row.tabIndex = 0;
  row.children[0].innerHTML = '<i class="g"></i><u></u>';
  row.children[5].innerHTML = "<b></b><i class=bar></i>";
  row.children[9].innerHTML = '<i class="g"></i><b></b>';
  root.lines.set(id, row);
  box.append(row);
  return row;
}

function fill(row, line, selected) {
  const [, name, risk, restaurant, status, took, slack, bar, promise, eta, span, driver, shape] = line;
  const cell = row.children;
  row.dataset.risk = risk;
  mark(row, selected);
  cell[0].firstChild.className = "g " + kind(risk);
  text(cell[0].lastChild, risk);
  [name, restaurant, status, took].forEach((value, i) => text(cell[i + 1], value));
  text(cell[5].firstChild, slack);
  cell[5].lastChild.style.setProperty("--bar", bar);
  [promise, eta, span].forEach((value, i) => text(cell[i + 6], value));
  cell[9].firstChild.className = "g " + kind(shape);
  text(cell[9].lastChild, driver);
}

function mark(row, selected) {
  row.setAttribute("aria-selected", String(selected));
}

function notice(node, { title, text: words, action, filter }) {
  const [head, body, button] = node.children;
  text(head, title);
  text(body, words);
  show(button, action, () => (text(button, action), (button.dataset.filter = filter)));
}

function loading(node, words) {
  node.hidden = !words;
  if (words && !node.children.length) {
    node.innerHTML = "<div class=line><i></i><i></i><i></i><i></i></div>".repeat(LOADING_ROWS);
  }
}

function element(tag, name, inner) {
  const made = document.createElement(tag);
  made.className = name;
  made.innerHTML = inner;
  return made;
}

function text(node, value) {
  if (node.textContent !== value) node.textContent = value;
}
