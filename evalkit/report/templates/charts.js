"use strict";
(async () => {
  const specs = JSON.parse(document.getElementById("specs").textContent);
  const options = {
    mode: "vega-lite",
    renderer: "svg",
    actions: false,
    ast: true,
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
  };
  const places = [...document.querySelectorAll("[data-chart]")];
  const drawn = places.map(async (place) => {
    try {
      await vegaEmbed(place, specs[place.dataset.chart], options);
    } catch (error) {
      place.textContent = "This chart could not be drawn; the table below holds its numbers.";
      console.error(error);
    }
  });
  await Promise.all(drawn);
  document.documentElement.dataset.charts = "drawn";
})();
