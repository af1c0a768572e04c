// A recording made here and now, put into the form as if it had been chosen from the disk.
const form = document.getElementById("clone");
const file = form.elements.file;
const button = document.getElementById("record");
const news = document.getElementById("news");
const before = document.getElementById("before");
const sound = before.querySelector("audio");
// Where the file is asked for, the other way to give one; without a script there is none.
file.closest(".field").after(document.getElementById("recorder"), before);
const MOST_SECONDS = 30;

let recorder = null;

function show() {
  if (sound.src) URL.revokeObjectURL(sound.src);
  before.hidden = !file.files.length;
  if (file.files.length) sound.src = URL.createObjectURL(file.files[0]);
}

async function begin() {
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  const parts = [];
  const begun = Date.now();
  recorder = new MediaRecorder(microphone);
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const clock = setInterval(() => {
    const seconds = Math.floor((Date.now() - begun) / 1000);
    news.textContent = `${seconds} s`;
    if (seconds >= MOST_SECONDS) recorder?.stop();
  }, 250);
  recorder.onstop = () => {
    clearInterval(clock);
    for (const track of microphone.getTracks()) track.stop();
    const kind = recorder.mimeType;
    recorder = null;
    const held = new DataTransfer();
    held.items.add(new File(parts, kind.includes("mp4") ? "recording.m4a" : "recording.webm", { type: kind }));
    file.files = held.files;
    button.textContent = "Record again";
    button.setAttribute("aria-pressed", "false");
    show();
  };
  recorder.start();
  button.textContent = "Stop";
  button.setAttribute("aria-pressed", "true");
}

// Browsers lend the microphone to https pages, and to this machine's own, alone.
if (navigator.mediaDevices?.getUserMedia && window.MediaRecorder) {
  document.getElementById("recorder").hidden = false;
  button.addEventListener("click", () => {
    if (recorder) recorder.stop();
    else begin().catch(() => (news.textContent = "The microphone can not be used."));
  });
}

file.addEventListener("change", show);
form.addEventListener("submit", () => {
  document.getElementById("sending").textContent = "Listening to the recording …";
});
