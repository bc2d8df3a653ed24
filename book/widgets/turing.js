// The Turing test of color: is this photo real or colored? The votes stay in the page.

import { add, saying } from "./parts.js";

const ANSWERS = { r: "real", c: "colored" };
const Z = 1.959963984540054; // of the normal distribution: 95 % lie within so many deviations

export function fill(place, { rounds }) {
  const votes = [];
  const said = saying(place);
  const picture = add(place, "img", { className: "judged" });
  const buttons = add(place, "div", { className: "buttons" });
  for (const [letter, answer] of Object.entries(ANSWERS)) {
    const button = add(buttons, "button", { type: "button", textContent: `${answer} (${letter})` });
    button.addEventListener("click", () => vote(letter));
  }
  const download = add(place, "button", { type: "button", textContent: "Download the votes" });
  add(place, "p", {
    textContent:
      "The votes leave this page with your download only. After a click on a button, the keys r " +
      "and c answer as well.",
  });
  const results = add(place, "div", { className: "pair" });
  place.addEventListener("keydown", (event) => {
    const plain = !event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (plain && event.key.toLowerCase() in ANSWERS) vote(event.key.toLowerCase());
  });
  download.addEventListener("click", () => save(votes));
  ask();

  function ask() {
    download.disabled = votes.length === 0;
    if (votes.length < rounds.length) {
      said.textContent = `Round ${votes.length + 1} of ${rounds.length}: is this photo real or colored?`;
      picture.src = rounds[votes.length].picture;
      picture.alt = "the photo to judge";
      return;
    }
    picture.remove();
    buttons.remove();
    said.replaceChildren();
    for (const line of tally(votes)) add(said, "span", { textContent: line });
    download.focus();
    rounds.forEach(({ way, picture }, i) => {
      if (way === "real" || votes[i].answer !== "real") return;
      const figure = add(results, "figure");
      add(figure, "img", { src: picture, alt: `colored by ${way}` });
      add(figure, "figcaption", { textContent: `colored (${way}), you said real` });
    });
  }

  function vote(letter) {
    if (votes.length === rounds.length) return;
    const { photo, way } = rounds[votes.length];
    votes.push({ photo, way, answer: ANSWERS[letter], time: now() });
    ask();
  }
}

/** Save the votes as the CSV file that `turing.pool` reads. */
function save(votes) {
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = votes.map(({ photo, way, answer, time }) => [photo, way, answer, time].map(quoted));
  const lines = [["photo", "way", "answer", "time"], ...rows].map((row) => `${row.join(",")}\r\n`);
  const file = URL.createObjectURL(new Blob(lines, { type: "text/csv" }));
  Object.assign(document.createElement("a"), { href: file, download: "votes.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(file), 1000);
}

function now() {
  const time = new Date();
  const local = new Date(time - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace("T", " ");
}

/** Say for every way how often its pictures were called real, as `turing.tally` does. */
function tally(votes) {
  const percent = (share) => `${Math.round(100 * share)}%`;
  return [...new Set(votes.map(({ way }) => way))].map((way) => {
    const answers = votes.filter((vote) => vote.way === way).map(({ answer }) => answer);
    const hits = answers.filter((answer) => answer === "real").length;
    const [low, high] = wilson(hits, answers.length).map(percent);
    const share = percent(hits / answers.length);
    return (
      `${way}: ${hits} of ${answers.length} called real: ${share} ` +
      `(95 % interval ${low} to ${high})`
    );
  });
}

/** The 95 % confidence interval of a share (Wilson 1927). */
function wilson(hits, count) {
  const share = hits / count;
  const middle = share + Z ** 2 / (2 * count);
  const reach = Z * Math.sqrt((share * (1 - share)) / count + Z ** 2 / (4 * count ** 2));
  return [middle - reach, middle + reach].map((one) => one / (1 + Z ** 2 / count));
}
