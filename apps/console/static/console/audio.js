// The chosen recording can be heard before it is sent, and dropped onto the form.
const form = document.getElementById("tool");
const file = form.elements.file;
const before = document.getElementById("before");
const sound = before.querySelector("audio");

file.addEventListener("change", () => {
  if (sound.src) URL.revokeObjectURL(sound.src);
  before.hidden = !file.files.length;
  if (file.files.length) sound.src = URL.createObjectURL(file.files[0]);
});

form.addEventListener("dragover", (event) => event.preventDefault());
form.addEventListener("drop", (event) => {
  event.preventDefault();
  if (!event.dataTransfer.files.length) return;
  file.files = event.dataTransfer.files;
  file.dispatchEvent(new Event("change"));
});

form.addEventListener("submit", () => {
  document.getElementById("news").textContent = "Sending the recording …";
});
