// What a visitor sees and touches. All work on pixels is the worker's.

const at = (id) => document.getElementById(id);
const DIALS = ["strength", "saturation", "temperature", "choice"];
const STEP = 0.02; // of the photo's sides: what an arrow key moves the cross by
const JPEG = "image/jpeg";

const waiting = new Map(); // by number: who asked the worker
const dots = [];
const cross = { x: 0.5, y: 0.5 };
let networks = [], chosen, file, painting, changed, worker, opened = 0, asked = 0;

function startWorker() {
  worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data: { id, answer, error, share } }) => {
    const { resolve, reject } = waiting.get(id);
    if (share !== undefined) return showProgress(share);
    waiting.delete(id);
    error === undefined ? resolve(answer) : reject(Error(error));
  };
  worker.onerror = () => say("This page is not whole, or this browser is too old for it.", true);
}

function ask(deed, what) {
  return new Promise((resolve, reject) => {
    waiting.set(++asked, { resolve, reject });
    worker.postMessage({ id: asked, deed, ...what });
  });
}

/** Fetch the network when a hand comes near, so that it is there when the photo is. */
let prepared = false;
async function prepare() {
  if (prepared) return;
  prepared = true;
  try {
    await ask("ready", { network: chosen });
    if (!at("status").textContent) say("The network is here.");
  } catch {
    prepared = false; // what is wrong is said when a photo comes
  }
}

function say(text, wrong = false) {
  at("status").textContent = text;
  at("status").classList.toggle("wrong", wrong);
}

function showProgress(share) {
  at("progress").hidden = share >= 1;
  at("progress").value = share;
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const ofDots = () => networks.find((one) => one.dots);
const asking = () => (dots.length && ofDots()) || chosen;

/** What the worker must know to color: the network, the dots, the dials. */
function wish() {
  const value = (id) => Number(at(id).value);
  const dials = {
    strength: value("strength") / 100,
    saturation: value("saturation") / 100,
    temperature: value("temperature"),
    choice: value("choice") / 100,
  };
  return { network: asking(), dots: [...dots], dials };
}

async function take(given, name) {
  const turn = ++opened;
  say("Coloring ...");
  try {
    const { width, height, gray } = await ask("open", { file: given });
    if (turn !== opened) return;
    file = { name, type: given.type };
    dots.length = 0;
    at("start").hidden = true;
    at("work").hidden = false;
    at("stage").style.setProperty("--ratio", width / height);
    at("about").textContent = `${name}: ${width} x ${height}`;
    at("compare").hidden = networks.filter((one) => !one.dots).length < 2;
    document.querySelectorAll(".network canvas").forEach((canvas) => canvas.remove());
    draw(at("gray"), gray);
    at("colored").width = 0;
    setDotting(false);
    await repaint();
    at("divide").focus({ preventScroll: true });
  } catch (error) {
    if (turn === opened) say(`${name}: ${error.message}`, true);
  }
}

/** Color the view; while that runs, only the last of further wishes counts. */
async function repaint() {
  showDots();
  showDials();
  changed = true;
  if (painting) return;
  painting = true;
  while (changed) {
    changed = false;
    const what = wish();
    const start = performance.now();
    try {
      const { colored } = await ask("paint", what);
      draw(at("colored"), colored);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      const helped = what.network.dots && dots.length ? " with your dots" : "";
      if (!changed) say(`Colored by ${what.network.name}${helped} in ${seconds} s.`);
    } catch (error) {
      if (!changed) say(error.message, true);
    }
  }
  painting = false;
  showProgress(1);
}

function draw(canvas, { width, height, data }) {
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
}

function showDials() {
  for (const id of DIALS) {
    const input = at(id);
    input.parentElement.querySelector("output").textContent = input.value + input.dataset.unit;
  }
  at("choice-part").hidden = asking().temperature === null;
}

function showDots() {
  const marks = dots.map(({ x, y, rgb }) => {
    const mark = document.createElement("span");
    mark.style.cssText = `left:${100 * x}%;top:${100 * y}%;background:rgb(${rgb})`;
    return mark;
  });
  at("marks").replaceChildren(...marks);
  at("undo").disabled = at("clear").disabled = !dots.length;
  for (const input of document.querySelectorAll(".network input")) {
    input.checked = input.value === asking().name;
  }
}

function resetDials() {
  for (const id of DIALS) at(id).value = at(id).defaultValue;
  at("choice").value = 100 * (asking().temperature ?? 0.5);
}

async function compare() {
  at("compare").disabled = true;
  try {
    for (const network of networks.filter((one) => !one.dots)) {
      say(`Asking ${network.name} ...`);
      const dials = { choice: network.temperature };
      const { colored } = await ask("paint", { network, dots: [], dials, small: true });
      const card = document.querySelector(`.network[data-name="${network.name}"]`);
      const canvas = card.querySelector("canvas") ?? document.createElement("canvas");
      canvas.ariaLabel = `Colored by ${network.name}`;
      canvas.role = "img";
      draw(canvas, colored);
      card.append(canvas);
    }
    say("Each network shows its guess beside its name.");
  } catch (error) {
    say(error.message, true);
  }
  showProgress(1);
  at("compare").disabled = false;
}

async function save() {
  at("save").disabled = true;
  say("Coloring every pixel ...");
  try {
    const name = file.name.replace(/\.\w+$/, ""); // while it is saved, another may be opened
    const type = file.type === JPEG ? JPEG : "image/png";
    const { blob } = await ask("save", { ...wish(), type });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${name}-colored.${type === JPEG ? "jpg" : "png"}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    say(`Saved as ${link.download}.`);
  } catch (error) {
    say(error.message, true);
  }
  at("save").disabled = false;
}

function setDotting(on) {
  at("dotting").ariaPressed = on;
  const stage = at("stage");
  stage.classList.toggle("dotting", on);
  at("cross").hidden = true;
  if (on) {
    stage.tabIndex = 0;
    stage.role = "application";
    stage.ariaLabel = "The photo. Arrow keys move a cross, Enter sets a dot of the chosen color.";
    moveLine(0); // dots are judged in color
  } else {
    for (const name of ["tabindex", "role", "aria-label"]) stage.removeAttribute(name);
  }
}

function setDot(x, y) {
  if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) return;
  const rgb = at("dot-color").value.match(/\w\w/g).map((pair) => parseInt(pair, 16));
  dots.push({ x, y, rgb });
  repaint();
}

function moveLine(percent) {
  at("divide").value = percent;
  at("stage").style.setProperty("--line", `${at("divide").value}%`);
}

function listenToStage() {
  const stage = at("stage");
  const place = (event) => {
    const box = stage.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  const dotting = () => stage.classList.contains("dotting");
  const drag = (event) => event.buttons && !dotting() && moveLine(100 * place(event)[0]);
  stage.addEventListener("pointerdown", (event) => {
    if (!dotting()) stage.setPointerCapture(event.pointerId);
    drag(event);
  });
  stage.addEventListener("pointermove", drag);
  stage.addEventListener("click", (event) => dotting() && setDot(...place(event)));
  stage.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    if (!dotting() || (!move && event.key !== "Enter")) return;
    event.preventDefault();
    if (move) {
      cross.x = Math.min(1, Math.max(0, cross.x + move[0] * STEP));
      cross.y = Math.min(1, Math.max(0, cross.y + move[1] * STEP));
      at("cross").style.cssText = `left:${100 * cross.x}%;top:${100 * cross.y}%`;
      at("cross").hidden = false;
      say(`Cross at ${Math.round(100 * cross.x)} % from left, ${Math.round(100 * cross.y)} % from top.`);
    } else {
      setDot(cross.x, cross.y);
    }
  });
}

function listen() {
  for (const id of ["file", "camera"]) {
    at(id).addEventListener("change", ({ target }) => {
      if (target.files[0]) take(target.files[0], target.files[0].name);
      target.value = ""; // the same photo may come again
    });
  }
  for (const sign of ["pointerover", "focusin"]) at("start").addEventListener(sign, prepare);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    prepare();
    document.body.classList.add("over");
  });
  document.addEventListener("dragleave", () => document.body.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("over");
    const [given] = event.dataTransfer.files;
    if (given) take(given, given.name);
  });
  document.addEventListener("paste", ({ clipboardData: { files } }) => {
    if (files[0]) take(files[0], files[0].name);
  });
  at("divide").addEventListener("input", () => moveLine(at("divide").value));
  for (const id of DIALS) at(id).addEventListener("input", repaint);
  at("reset").addEventListener("click", () => (resetDials(), repaint()));
  at("compare").addEventListener("click", compare);
  at("save").addEventListener("click", save);
  at("again").addEventListener("click", () => {
    at("work").hidden = true;
    at("start").hidden = false;
    say("");
    at("file").focus();
  });
  at("dotting").addEventListener("click", () => {
    setDotting(at("dotting").ariaPressed !== "true");
    if (at("stage").tabIndex !== 0) return;
    at("stage").focus({ preventScroll: true });
    at("stage").scrollIntoView({ block: "nearest" });
  });
  at("undo").addEventListener("click", () => (dots.pop(), repaint()));
  at("clear").addEventListener("click", () => ((dots.length = 0), repaint()));
  listenToStage();
}

/** Show a network as a card to choose. */
function card({ name, says, bytes }) {
  const label = document.createElement("label");
  label.className = "network";
  label.dataset.name = name;
  const input = Object.assign(document.createElement("input"), {
    type: "radio",
    name: "network",
    value: name,
  });
  input.addEventListener("change", () => {
    chosen = networks.find((one) => one.name === name);
    if (!chosen.dots) dots.length = 0;
    resetDials();
    repaint();
  });
  const about = document.createElement("small");
  about.textContent = `${says} ${megabytes(bytes)}`;
  label.append(input, Object.assign(document.createElement("strong"), { textContent: name }), about);
  return label;
}

/** Show an example as a button. */
function example({ file: name, alt }) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const source = new URL(`./examples/${name}`, import.meta.url).href;
  button.append(Object.assign(document.createElement("img"), { src: source, alt }));
  button.addEventListener("click", async () => {
    try {
      await take(await (await fetch(source)).blob(), name);
    } catch {
      say("That example cannot be fetched: look at your connection.", true);
    }
  });
  item.append(button);
  return item;
}

async function begin() {
  const response = await fetch(new URL("./page.json", import.meta.url));
  if (!response.ok) {
    document.querySelectorAll("#start .row, #start .large").forEach((part) => part.remove());
    say("This copy of the page has no network: run make color-page where npm is installed.", true);
    return;
  }
  const page = await response.json();
  ({ networks } = page);
  [chosen] = networks;
  startWorker();
  at("course").href = page.course;
  at("networks").append(...networks.map(card));
  at("networks-part").hidden = networks.length < 2;
  at("dots-part").hidden = !ofDots();
  at("examples").append(...page.examples.map(example));
  at("examples-part").hidden = !page.examples.length;
  at("credits").textContent = page.credits;
  at("sizes").textContent =
    `The first photo fetches the network, ${megabytes(chosen.bytes)}, and what runs it, ` +
    `${megabytes(page.engine)}; then all work is done here.`;
  resetDials();
  listen();
}

begin();
