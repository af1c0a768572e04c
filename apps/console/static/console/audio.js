// The chosen recording can be heard before it is sent, dropped onto the form, and heard beside what comes of it.
import { begin as follow } from "./job.js";
import { show } from "./swap.js";

function begin(chosen) {
  const form = document.getElementById("tool");
  if (!form) return;
  const file = form.elements.file;
  const before = document.getElementById("before");
  const sound = before.querySelector("audio");
  const news = document.getElementById("news");

  file.addEventListener("change", () => {
    if (sound.src) URL.revokeObjectURL(sound.src);
    before.hidden = !file.files.length;
    if (file.files.length) sound.src = URL.createObjectURL(file.files[0]);
  });
  if (chosen?.length) {
    file.files = chosen;
    file.dispatchEvent(new Event("change"));
  }

  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    file.files = event.dataTransfer.files;
    file.dispatchEvent(new Event("change"));
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    news.textContent = "Sending the recording …";
    send(form).catch(() => {
      button.disabled = false;
      news.textContent = "It could not be sent. Try again.";
    });
  });
}

// The job's page takes the place of this one; or this form again, with what is wrong and the same recording.
async function send(form) {
  const files = form.elements.file.files;
  await show(await fetch(form.action, { method: "POST", body: new FormData(form) }));
  begin(files);
  if (!document.getElementById("tool")) follow(files[0]);
}

begin();
