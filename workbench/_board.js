// Levers, and curves of what the process says. A lever sends a message; the number beside it and
// every curve are what the process answers.

const SPAN = 20; // seconds that the curves reach back
const SILENCE = 3000; // milliseconds after which nobody is there
const LOST =
  "Nothing comes from the process any more: its kernel has ended, or is busy. Run the cell again.";
const LOOKS = [["#0072B2", []], ["#D55E00", [5, 3]]]; // seen on white and on black, as dashes too
const HEIGHT = 84, LEFT = 44, RIGHT = 150, TOP = 8, BOTTOM = 8;

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

function makeLever(model, parent, name, [min, max, step]) {
  const label = make("label", parent, { textContent: name });
  const input = make("input", label, { type: "range", min, max, step, ariaLabel: name });
  const place = make("span", label, { className: "place", textContent: "…" });
  keepKeys(input);
  input.addEventListener("input", () => model.send({ lever: name, place: Number(input.value) }));
  return { input, place };
}

function makePanel(parent, title, names) {
  make("div", parent, { className: "title", textContent: title });
  const canvas = make("canvas", parent);
  canvas.setAttribute("role", "img");
  return { title, names, canvas };
}

function draw({ title, names, canvas }, seen, moves) {
  const width = canvas.clientWidth, scale = window.devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = HEIGHT * scale;
  const pen = canvas.getContext("2d"), last = seen.at(-1);
  const ink = getComputedStyle(canvas).color;
  const values = names.flatMap((name) => seen.map((line) => line[name]));
  const most = roundUp(Math.max(values.every(Number.isInteger) ? 1 : 0.1, ...values));
  const x = (at) => width - RIGHT - ((last.at - at) / SPAN) * (width - LEFT - RIGHT);
  const y = (value) => HEIGHT - BOTTOM - (value / most) * (HEIGHT - TOP - BOTTOM);
  pen.scale(scale, scale);
  pen.font = `12px ${getComputedStyle(canvas).fontFamily}`;
  pen.textBaseline = "middle";

  pen.strokeStyle = pen.fillStyle = ink;
  pen.textAlign = "right";
  for (const value of [0, most]) {
    pen.fillText(short(value), LEFT - 6, y(value));
    pen.globalAlpha = 0.25;
    pen.strokeRect(LEFT, y(value), width - LEFT - RIGHT, 0);
    pen.globalAlpha = 1;
  }
  pen.globalAlpha = 0.5;
  pen.setLineDash([4, 2]);
  for (const at of moves) pen.strokeRect(x(at), TOP, 0, HEIGHT - TOP - BOTTOM);
  pen.globalAlpha = 1;

  pen.textAlign = "left";
  names.forEach((name, number) => {
    const [colour, dashes] = LOOKS[number];
    const row = TOP + 16 + 24 * number;
    pen.strokeStyle = colour;
    pen.setLineDash(dashes);
    pen.lineWidth = 2;
    pen.beginPath();
    for (const line of seen) pen.lineTo(x(line.at), y(line[name]));
    pen.moveTo(width - RIGHT + 8, row);
    pen.lineTo(width - RIGHT + 30, row);
    pen.stroke();
    pen.fillText(`${name} ${short(last[name])}`, width - RIGHT + 36, row);
  });
  const newest = names.map((name) => `${name} ${short(last[name])}`);
  canvas.setAttribute("aria-label", `${title}: ${newest.join(", ")}`);
}

function render({ model, el }) {
  const board = make("div", el, { className: "course-board" });
  const status = make("div", board, { className: "status" });
  status.setAttribute("role", "status");
  const rack = make("div", board, { className: "rack" });
  const levers = Object.fromEntries(
    Object.entries(model.get("levers")).map(([name, places]) => [
      name,
      makeLever(model, rack, name, places),
    ]),
  );
  const onward = make("button", board, { type: "button", textContent: "Go on to the next cell" });
  keepKeys(onward);
  onward.addEventListener("click", () => model.send({ onward: true }));
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
    for (const { input } of Object.values(levers)) input.disabled = phase !== "yours";
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
    for (const [name, { input, place }] of Object.entries(levers)) {
      place.textContent = short(line[name]);
      if (input.disabled) input.value = line[name]; // else it is where the hand has put it
      if (before && before[name] !== line[name]) moves.push(line.at);
    }
    words.textContent = line[model.get("words")];
    for (const panel of panels) draw(panel, seen, moves.filter((at) => line.at - at < SPAN));
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
