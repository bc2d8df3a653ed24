// Colored dots on a photo, set by click or by keyboard: for JupyterLab and Colab (anywidget).

const STEP = 0.01; // how far an arrow key moves, as a share of the photo; with Shift, ten times
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HELP =
  "Click on the photo to set a dot of the chosen color; drag a dot to move it. With the keyboard: " +
  "the arrow keys move the cross or a dot, Enter sets a dot or gives one the chosen color, Delete " +
  "removes it.";

/**
 * Show a photo that a person sets dots on.
 *
 * `picture` is the photo's address, `dots` a list of [x, y, "#rrggbb"] with x and y in 0..1 from
 * the top left. `changed` gets each new list. Returns a function that shows other dots.
 */
export function place(element, { picture, dots, changed }) {
  element.classList.add("course-dots");
  element.dataset.lmSuppressShortcuts = "true"; // the keys are ours, not JupyterLab's
  element.addEventListener("keydown", (event) => event.stopPropagation()); // nor the Notebook's
  const chooser = add(element, "label", { textContent: "color " });
  const choice = add(chooser, "input", { type: "color", value: "#3070c0" });
  add(element, "p", { textContent: HELP });
  const board = add(element, "div", { className: "board", tabIndex: 0 });
  board.setAttribute("role", "group");
  board.setAttribute("aria-label", "the photo: arrow keys move a cross, Enter sets a dot");
  add(board, "img", { src: picture, alt: "the photo in gray", draggable: false });
  const cross = add(board, "div", { className: "cross", textContent: "+" });
  cross.setAttribute("aria-hidden", "true");
  const said = add(element, "p", { className: "said" });
  said.setAttribute("role", "status");
  let [crossX, crossY] = [0.5, 0.5];
  moveTo(cross, crossX, crossY);

  const change = (next, focus) => {
    changed(next);
    show(next); // makes the dots anew: only then can one of them get the focus
    if (focus !== undefined) (board.querySelectorAll("button")[focus] ?? board).focus();
  };
  const put = (x, y) => {
    said.textContent = `Dot ${dots.length + 1}, ${choice.value}, ${where(x, y)}.`;
    change([...dots, [x, y, choice.value]]);
  };
  const replace = (index, dot) => change(dots.with(index, dot), index);
  const remove = (index) => {
    said.textContent = `Dot ${index + 1} is removed.`;
    change(dots.toSpliced(index, 1), Math.max(0, index - 1));
  };

  board.addEventListener("click", (event) => {
    if (event.target.tagName !== "BUTTON") put(...placeOf(event, board));
  });
  board.addEventListener("keydown", (event) => {
    if (event.target !== board) return;
    if (event.key === "Enter") put(crossX, crossY);
    else if (event.key in ARROWS) {
      [crossX, crossY] = moved(crossX, crossY, event);
      moveTo(cross, crossX, crossY);
      said.textContent = `The cross is ${where(crossX, crossY)}.`;
    } else return;
    event.preventDefault();
  });

  function show(next) {
    dots = next;
    for (const old of board.querySelectorAll("button")) old.remove();
    dots.forEach(([x, y, rgb], index) => {
      const dot = add(board, "button", { type: "button" });
      dot.setAttribute("aria-label", `dot ${index + 1}, ${rgb}, ${where(x, y)}`);
      dot.style.background = rgb;
      dot.title = `${rgb}: drag to move, Delete removes`;
      moveTo(dot, x, y);
      drag(dot, board, (x, y) => replace(index, [x, y, rgb]));
      dot.addEventListener("keydown", (event) => {
        const { key } = event;
        if (key in ARROWS) replace(index, [...moved(x, y, event), rgb]);
        else if (key === "Delete" || key === "Backspace") remove(index);
        else if (key === "Enter") replace(index, [x, y, choice.value]);
        else return;
        event.preventDefault();
      });
    });
  }
  show(dots);
  return show;
}

function drag(dot, board, dropped) {
  let last = null;
  dot.addEventListener("pointerdown", (event) => {
    dot.setPointerCapture(event.pointerId);
    dot.focus(); // not every browser does that by itself
    last = [];
  });
  dot.addEventListener("pointermove", (event) => {
    if (!last) return;
    last = placeOf(event, board);
    moveTo(dot, ...last);
  });
  dot.addEventListener("pointerup", () => {
    if (last?.length) dropped(...last);
    last = null;
  });
}

function add(parent, tag, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  parent.append(element);
  return element;
}

function moveTo(element, x, y) {
  element.style.left = `${100 * x}%`;
  element.style.top = `${100 * y}%`;
}

const inside = (share) => Math.min(1, Math.max(0, share));
const where = (x, y) =>
  `${Math.round(100 * x)} % from the left, ${Math.round(100 * y)} % from the top`;

function placeOf(event, board) {
  const box = board.getBoundingClientRect();
  const share = (at, from, size) => inside((at - from) / size);
  return [share(event.clientX, box.left, box.width), share(event.clientY, box.top, box.height)];
}

function moved(x, y, event) {
  const [right, down] = ARROWS[event.key];
  const step = STEP * (event.shiftKey ? 10 : 1);
  return [inside(x + step * right), inside(y + step * down)];
}

function render({ model, el }) {
  const picture = URL.createObjectURL(new Blob([model.get("photo")], { type: "image/png" }));
  const show = place(el, {
    picture,
    dots: model.get("dots"),
    changed: (dots) => {
      model.set("dots", dots);
      model.save_changes();
    },
  });
  const follow = () => show(model.get("dots"));
  model.on("change:dots", follow);
  model.set("shown", true);
  model.save_changes();
  return () => {
    model.off("change:dots", follow);
    URL.revokeObjectURL(picture);
  };
}

export default { render };
