// Levers, and curves of what the process says. A lever sends a message; the number beside it and
// every curve are what the process answers.

const SPAN = 20; // seconds that the curves reach back
const SILENCE = 3000; // milliseconds after which nobody is there
const LOST =
  "Nothing comes from the process any more: its kernel has ended, or is busy. Run the cell again.";
const LOOKS = [["#0072B2", []], ["#D55E00", [5, 3]]]; // seen on white and on black, as dashes too
const MARKS = { o: "●", s: "■", x: "×", D: "◆", X: "✖" }; // matplotlib's names of them
const HEIGHT = 84, BARS_HEIGHT = 200, LEFT = 44, RIGHT = 150, TOP = 8, BOTTOM = 8;

function make(tag, parent, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  parent.append(element);
  return element;
}

// Else an arrow, Enter or a letter is a command of JupyterLab's to whoever has the focus.
function keepKeys(element) {
  element.dataset.lmSuppressShortcuts = "true";
}

function short(value) {
  return String(Number.isInteger(value) ? value : +value.toPrecision(2));
}

function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= value);
}

// A lever shows where it is, as the process says, and may be moved or not.
function makeSlider(model, parent, name, [min, max, step]) {
  const label = make("label", parent, { textContent: name });
  const input = make("input", label, { type: "range", min, max, step, ariaLabel: name });
  const place = make("span", label, { className: "place", textContent: "…" });
  keepKeys(input);
  input.addEventListener("input", () => model.send({ lever: name, place: Number(input.value) }));
  return {
    take(said) {
      place.textContent = short(said);
      if (input.disabled) input.value = said; // else it is where the hand has put it
    },
    free(isFree) {
      input.disabled = !isFree;
    },
  };
}

function makeButtons(model, parent, name, places) {
  const group = make("div", parent, { className: "buttons", role: "group", ariaLabel: name });
  make("span", group, { textContent: name });
  const buttons = places.map((place) => makeButton(group, place, { lever: name, place }, model));
  return {
    take(said) {
      for (const button of buttons) button.ariaPressed = String(button.textContent === said);
    },
    free(isFree) {
      for (const button of buttons) button.disabled = !isFree;
    },
  };
}

function makeButton(parent, textContent, message, model) {
  const button = make("button", parent, { type: "button", textContent });
  keepKeys(button);
  button.addEventListener("click", () => model.send(message));
  return button;
}

function makePanel(parent, title, names) {
  make("div", parent, { className: "title", textContent: title });
  const canvas = make("canvas", parent);
  canvas.setAttribute("role", "img");
  return { title, names, canvas };
}

function draw({ title, names, canvas }, seen, moves, looks) {
  const isBars = Array.isArray(seen.at(-1)[names[0]]);
  canvas.style.height = `${isBars ? BARS_HEIGHT : HEIGHT}px`;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  const scale = window.devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d"), last = seen.at(-1);
  const ink = getComputedStyle(canvas).color;
  const x = (ago) => width - RIGHT - (ago / SPAN) * (width - LEFT - RIGHT);
  pen.scale(scale, scale);
  pen.font = `12px ${getComputedStyle(canvas).fontFamily}`;
  pen.textBaseline = "middle";

  pen.strokeStyle = pen.fillStyle = ink;
  pen.globalAlpha = 0.5;
  pen.setLineDash([4, 2]);
  for (const at of moves) pen.strokeRect(x(last.at - at), TOP, 0, height - TOP - BOTTOM);
  pen.globalAlpha = 1;
  const newest = isBars
    ? drawBars(pen, x, width, height, ink, looks, last[names[0]])
    : drawCurves(pen, x, width, height, names, seen);
  canvas.setAttribute("aria-label", `${title}: ${newest.join(", ")}`);
}

function drawCurves(pen, x, width, height, names, seen) {
  const values = names.flatMap((name) => seen.map((line) => line[name]));
  const most = roundUp(Math.max(values.every(Number.isInteger) ? 1 : 0.1, ...values));
  const y = (value) => height - BOTTOM - (value / most) * (height - TOP - BOTTOM);
  const last = seen.at(-1);
  pen.setLineDash([]);
  pen.textAlign = "right";
  for (const value of [0, most]) {
    pen.fillText(short(value), LEFT - 6, y(value));
    pen.globalAlpha = 0.25;
    pen.strokeRect(LEFT, y(value), width - LEFT - RIGHT, 0);
    pen.globalAlpha = 1;
  }

  pen.textAlign = "left";
  names.forEach((name, number) => {
    const [colour, dashes] = LOOKS[number];
    const row = TOP + 16 + 24 * number;
    pen.strokeStyle = colour;
    pen.setLineDash(dashes);
    pen.lineWidth = 2;
    pen.beginPath();
    for (const line of seen) pen.lineTo(x(last.at - line.at), y(line[name]));
    pen.moveTo(width - RIGHT + 8, row);
    pen.lineTo(width - RIGHT + 30, row);
    pen.stroke();
    pen.fillText(`${name} ${short(last[name])}`, width - RIGHT + 36, row);
  });
  return names.map((name) => `${name} ${short(last[name])}`);
}

// Each bar in its row, from its beginning to its end, with its outcome's colour and mark.
function drawBars(pen, x, width, height, ink, looks, bars) {
  const rows = Math.max(...bars.map(([row]) => row)) + 1;
  const y = (row) => TOP + ((row + 0.5) / rows) * (height - TOP - BOTTOM);
  const counts = new Map();
  pen.setLineDash([]);
  pen.lineWidth = 3;
  pen.textAlign = "center";
  for (const [row, began, ended, outcome] of bars) {
    const [colour, mark] = lookOf(outcome, looks, ink);
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    pen.strokeStyle = pen.fillStyle = colour;
    pen.beginPath();
    pen.moveTo(Math.max(x(began), LEFT), y(row));
    pen.lineTo(x(ended), y(row));
    pen.stroke();
    pen.fillText(mark, x(ended), y(row));
  }
  pen.textAlign = "left";
  const said = [...counts].sort();
  said.forEach(([outcome, count], number) => {
    const [colour, mark] = lookOf(outcome, looks, ink), row = TOP + 8 + 20 * number;
    pen.strokeStyle = pen.fillStyle = colour;
    pen.strokeRect(width - RIGHT + 10, row, 14, 0);
    pen.fillText(mark, width - RIGHT + 22, row);
    pen.fillStyle = ink;
    pen.fillText(`${outcome} ${count}`, width - RIGHT + 36, row);
  });
  return said.map(([outcome, count]) => `${outcome} ${count}`);
}

function lookOf(outcome, looks, ink) {
  if (!(outcome in looks)) return ["#0072B2", ""]; // it has none yet
  const [colour, mark] = looks[outcome];
  return [colour === "#000000" ? ink : colour, MARKS[mark]];
}

function render({ model, el }) {
  const board = make("div", el, { className: "course-board" });
  const status = make("div", board, { className: "status" });
  status.setAttribute("role", "status");
  const rack = make("div", board, { className: "rack" });
  const levers = Object.fromEntries(
    Object.entries(model.get("levers")).map(([name, places]) => {
      const makeLever = typeof places[0] === "string" ? makeButtons : makeSlider;
      return [name, makeLever(model, rack, name, places)];
    }),
  );
  const onward = makeButton(board, "Go on to the next cell", { onward: true }, model);
  const words = make("div", board, { className: "words" });
  const panels = Object.entries(model.get("shown")).map(([title, names]) =>
    makePanel(board, title, names),
  );
  make("div", board, { className: "axis", textContent: `the last ${SPAN} seconds` });

  const seen = [], moves = [];
  let silence;

  function tell(phase, sentence) {
    board.dataset.phase = phase;
    status.textContent = sentence;
    onward.disabled = phase !== "yours";
    for (const lever of Object.values(levers)) lever.free(phase === "yours");
  }

  function tellPhase() {
    tell(model.get("phase"), model.get("status"));
    clearTimeout(silence);
    if (model.get("phase") !== "over") silence = setTimeout(() => tell("over", LOST), SILENCE);
  }

  function take(line) {
    const before = seen.at(-1);
    line.at = performance.now() / 1000;
    seen.push(line);
    while (line.at - seen[0].at > SPAN) seen.shift();
    for (const [name, lever] of Object.entries(levers)) {
      lever.take(line[name]);
      if (before && before[name] !== line[name]) moves.push(line.at);
    }
    words.textContent = line[model.get("words")];
    for (const panel of panels) {
      draw(panel, seen, moves.filter((at) => line.at - at < SPAN), model.get("looks"));
    }
    tellPhase();
  }

  model.on("msg:custom", take);
  model.on("change:phase", tellPhase);
  tellPhase();
  model.send({ inSight: true });
  return () => {
    clearTimeout(silence);
    model.off("msg:custom", take);
    model.off("change:phase", tellPhase);
  };
}

export default { render };
