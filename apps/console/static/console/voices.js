// The list of voices, narrowed by what is searched for.
const list = document.getElementById("choice");
const all = [...list.options];
const found = document.getElementById("found");
const fields = ["model", "language", "gender"].map((name) => document.getElementById(name));
const search = document.getElementById("search");

function narrow() {
  const before = list.value;
  const wanted = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const fits = all.filter((option) => {
    const text = `${option.textContent} ${option.dataset.tags}`.toLowerCase();
    return (
      fields.every((field) => !field.value || option.dataset[field.id] === field.value) &&
      wanted.every((word) => text.includes(word))
    );
  });
  list.replaceChildren(...fits);
  found.textContent = `(${fits.length} of ${all.length})`;
  list.value = fits.some((option) => option.value === before) ? before : (fits[0]?.value ?? "");
  list.dispatchEvent(new Event("change"));
}

// The voice that is chosen, as the option that stands for it; undefined where nothing fits.
export const chosen = () => list.selectedOptions[0];

export function begin() {
  document.getElementById("narrowing").hidden = false;
  for (const field of [...fields, search]) field.addEventListener("input", narrow);
  narrow();
  chosen()?.scrollIntoView({ block: "nearest" });

  const button = document.getElementById("preview");
  button.hidden = false;
  const sound = new Audio();
  const news = document.getElementById("previewing");
  const rest = () => {
    button.textContent = "Preview";
    news.textContent = "";
  };
  // The first listener waits until the voice has spoken it.
  button.addEventListener("click", () => {
    if (!sound.paused) return sound.pause();
    news.textContent = "Asking for the preview …";
    sound.src = chosen()?.dataset.preview ?? "";
    sound.play().catch((problem) => {
      rest();
      if (problem.name !== "AbortError") news.textContent = "There is no preview of this voice just now.";
    });
  });
  sound.addEventListener("playing", () => {
    button.textContent = "Stop";
    news.textContent = "";
  });
  for (const end of ["pause", "ended"]) sound.addEventListener(end, rest);
  list.addEventListener("change", () => {
    sound.pause();
    button.disabled = !chosen()?.dataset.preview;
  });
  button.disabled = !chosen()?.dataset.preview;
}
