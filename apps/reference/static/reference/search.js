// Narrows the list of calls, and with it the page, to those that have every word that was typed.
const field = document.getElementById("search");
const said = document.getElementById("found");
const entries = [...document.querySelectorAll("[data-list] > [data-find]")];

function narrow() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const entry of entries) {
    const fits = words.every((word) => entry.dataset.find.includes(word));
    entry.hidden = !fits;
    const section = document.getElementById(entry.dataset.shows);
    if (section) section.hidden = !fits;
    shown += fits;
  }
  said.textContent = words.length ? `${shown} of ${entries.length} calls` : "";
}

field.closest("[hidden]").hidden = false;
field.addEventListener("input", narrow);
narrow();
