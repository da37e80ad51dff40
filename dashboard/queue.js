// the panel's JSON, a person's clicks → here → incidents, orders and alerts on the screen, an order id to the server.
// Text goes in as text: no name on it can run as markup.
const kind = (shape) => (shape ? "g-" + shape.replaceAll(" ", "-") : "none");

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".queue");
  if (!root.rows) mount(root);
  root.tell = setTriggerValue;
  const text = new TextDecoder().decode(data);
  const cut = text.indexOf("\n");
  root.selected = JSON.parse(text.slice(0, cut));
  root.panel = JSON.parse(text.slice(cut + 1));
  draw(root);
}

function mount(root) {
  root.rows = new Map();
  root.unfolded = new Set();
  const entries = root.querySelector(".entries");
  const body = root.querySelector(".body");
  body.addEventListener("click", (event) => act(root, event));
  body.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-order]");
    if (!row) return;
    const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
    if (next) next.focus();
    else if (event.key !== "Enter" && event.key !== " ") return;
    else act(root, event);
    event.preventDefault();
  });
  // Nothing re-sorts under the pointer or the focus: the order is held, and taken up once when both are gone.
  for (const leaving of ["pointerleave", "focusout"]) entries.addEventListener(leaving, () => setTimeout(() => draw(root)));
}

function act(root, event) {
  const fold = event.target.closest(".fold");
  if (fold) {
    if (!root.unfolded.delete(fold.dataset.incident)) root.unfolded.add(fold.dataset.incident);
    return draw(root);
  }
  const row = event.target.closest("[data-order]");
  if (!row) return;
  root.selected = root.selected === row.dataset.order ? null : row.dataset.order;
  for (const [order, one] of root.rows) one.setAttribute("aria-selected", String(order === root.selected));
  root.tell("order", root.selected ?? "");
}

function draw(root) {
  const panel = root.panel;
  if (!panel) return;
  root.classList.toggle("stale", Boolean(panel.stale));
  root.querySelector(".head").title = panel.meaning;
  text(root.querySelector(".count"), panel.stale ?? panel.count);
  text(root.querySelector(".age"), panel.age);
  listed(root.querySelector(".troubles"), panel.troubles, "trouble", "<b></b><span></span><p><b></b><i></i></p><p class='done'></p><p class='lead'>Levers: late min of the city in the next hour</p><div class='offers'></div><button class='fold' type='button'></button><div class='part' role='listbox' aria-label='Its orders'></div>", (node, one) => trouble(root, node, one));
  root.querySelector(".levers").hidden = !panel.levers.length;
  listed(root.querySelector(".levers div"), panel.levers, "done", "", text);
  entries(root, panel.entries);
  said(root.querySelector(".more"), panel.more);
  said(root.querySelector(".ahead"), panel.ahead);
  said(root.querySelector(".nothing"), panel.nothing);
  root.querySelector(".bells").hidden = !panel.bells.length;
  listed(root.querySelector(".bells ul"), panel.bells, "bell", "<i></i><b></b><span></span><em></em>", bell);
}

function entries(root, lines) {
  const known = new Set(lines.map((line) => line.id));
  for (const [id, row] of root.rows) if (!known.has(id)) (row.remove(), root.rows.delete(id));
  const parts = new Map([...root.querySelectorAll(".trouble")].map((node) => [node.dataset.incident, node.lastChild]));
  const boxes = new Map();
  for (const line of lines) {
    const box = parts.get(line.part) ?? root.querySelector(".entries");
    boxes.set(box, [...(boxes.get(box) ?? []), line]);
  }
  for (const [box, some] of boxes) placed(root, box, some);
}

function placed(root, box, lines) {
  const held = box.matches(":hover,:focus-within");
  lines.forEach((line, place) => {
    const row = root.rows.get(line.id) ?? added(root, box, line.id);
    fill(row, line, line.id === root.selected);
    if (row.parentNode !== box || (!held && box.children[place] !== row)) box.insertBefore(row, box.children[place] ?? null);
  });
}

function added(root, box, id) {
  const row = element("div", "entry", '<i class="g"></i><b></b><span><b></b><u></u></span><em></em><i></i><span><b></b><u></u></span>');
  row.setAttribute("role", "option");
  row.dataset.order = id;
  row.tabIndex = 0;
  root.rows.set(id, row);
  box.append(row);
  return row;
}

function fill(row, line, selected) {
  const [glyph, slack, what, stage, promise, step] = row.children;
  row.dataset.risk = line.risk;
  row.setAttribute("aria-selected", String(selected));
  glyph.className = "g " + kind(line.risk);
  glyph.title = line.risk;
  [
    [slack, line.slack], [what.firstChild, line.name], [what.lastChild, line.restaurant], [stage, line.stage],
    [promise, line.promise], [step.firstChild, line.step], [step.lastChild, line.gain],
  ].forEach(([node, value]) => text(node, value));
}

function trouble(root, node, { id, title, orders, minutes, since, tending, levers, offers }) {
  const [fold, part] = [node.children[6], node.children[7]];
  const count = root.panel.entries.filter((line) => line.part === id).length;
  const open = root.unfolded.has(id);
  node.dataset.incident = fold.dataset.incident = id;
  fold.hidden = !count;
  fold.setAttribute("aria-expanded", String(open));
  text(fold, `${open ? "Hide" : "Show"} ${count} ${count === 1 ? "order" : "orders"}`);
  part.hidden = !open || !count;
  text(node.children[0], title);
  text(node.children[1], since);
  text(node.children[2].firstChild, `${orders}, ${minutes}`);
  text(node.children[2].lastChild, " expected");
  text(node.children[3], [tending, ...levers].filter(Boolean).join("\n"));
  node.children[3].hidden = !tending && levers.length === 0;
  node.children[4].hidden = node.children[5].hidden = offers.length === 0;
  listed(node.children[5], offers, "offer", "<span></span><s><i></i><u></u><em></em></s><b></b><small></small>", offer);
}

// On one scale: a line where nothing changes, a bar from low to high, a tick at the mean.
function offer(node, { words, change, span, low, mean, high, zero }) {
  const [what, scale, value, between] = node.children;
  const [still, bar, tick] = scale.children;
  text(what, words);
  text(value, change);
  text(between, span);
  still.style.left = zero + "%";
  bar.style.left = low + "%";
  bar.style.width = high - low + "%";
  tick.style.left = mean + "%";
}

function bell(node, { title, evidence, since, severity }) {
  node.dataset.severity = severity;
  node.children[0].className = "g " + (severity === "critical" ? "g-late" : "g-at-risk");
  text(node.children[1], title);
  text(node.children[2], evidence);
  text(node.children[3], since);
}

function listed(box, some, name, inner, write) {
  while (box.children.length > some.length) box.lastChild.remove();
  while (box.children.length < some.length) box.append(element(box.tagName === "UL" ? "li" : "div", name, inner));
  some.forEach((one, place) => write(box.children[place], one));
}

function said(node, words) {
  node.hidden = !words;
  text(node, words ?? "");
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
