// Fill each place in the page that a lesson left for something to move (helpers/pages.py).

for (const place of document.querySelectorAll(".moving")) {
  const data = JSON.parse(place.querySelector("script").textContent);
  import(`./${place.dataset.module}.js`).then(async ({ fill }) => {
    place.replaceChildren();
    await fill(place, data);
  });
}
