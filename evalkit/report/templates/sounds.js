"use strict";
for (const link of document.querySelectorAll("a.again")) {
  const player = document.getElementById(link.hash.slice(1)).cloneNode();
  player.removeAttribute("id");
  player.setAttribute("aria-label", link.dataset.label);
  link.replaceWith(player);
}
