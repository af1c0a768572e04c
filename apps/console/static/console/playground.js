// Speaks what was typed through the live socket, and plays it, shows it and marks its words while it comes.
import { Player, Wave, wav } from "./sound.js";
import { begin, chosen } from "./voices.js";

const byId = (id) => document.getElementById(id);
const form = byId("speak");
const text = byId("text");
const news = byId("news");
const problem = byId("problem");
const stop = byId("stop");
const go = byId("go");
const download = byId("download");
const [before, now, after] = byId("spoken").children;
// As the server writes numbers.
const digits = new Intl.NumberFormat("en");
const many = { format: (number) => digits.format(number).replaceAll(",", "\u202f") };

let current = null;

// One text being spoken. Places in the text are counted in code points, as the server counts them.
class Speech {
  constructor(said) {
    this.said = Array.from(said);
    this.words = [];
    this.parts = [];
    this.wave = new Wave(byId("wave"));
    this.asked = performance.now();
    this.over = false;
  }

  async begin(option) {
    this.player = await Player.open(24000, form.dataset.player, (at) => this.moved(at), () => this.heard());
    const token = await this.token();
    if (this.over) return;
    const place = new URL("/console/speak", location.href);
    place.protocol = place.protocol.replace("http", "ws");
    place.searchParams.set("token", token);
    this.socket = new WebSocket(place);
    this.socket.onopen = () => this.socket.send(JSON.stringify({ text: this.said.join(""), choice: option.value }));
    this.socket.onmessage = ({ data }) => this.told(JSON.parse(data));
    this.socket.onclose = () => this.done || this.fail("The connection was lost. Try again.");
  }

  async token() {
    const answer = await fetch(form.dataset.token, {
      method: "POST",
      headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    });
    if (answer.redirected || !answer.ok) throw new Error("You are not signed in any more. Load the page again.");
    return (await answer.json()).token;
  }

  told(frame) {
    if (this.over) return;
    if (frame.words) this.words.push(...frame.words);
    if (frame.audio) {
      const bytes = Uint8Array.from(atob(frame.audio), (char) => char.charCodeAt(0));
      const samples = new Int16Array(bytes.buffer);
      if (!this.parts.length) this.first();
      this.parts.push(samples);
      this.wave.push(samples, frame.rate);
      this.player.push(samples);
    }
    if (frame.error) this.fail(frame.error.message);
    if (frame.done) {
      this.done = true;
      this.player.end();
      download.href = URL.createObjectURL(wav(this.parts, 24000));
      download.hidden = false;
      this.summary = `${frame.seconds.toFixed(1)} s of sound for ${many.format(frame.charged)} characters; first sound after ${this.waited} ms.`;
      news.textContent = this.summary;
      form.dataset.seconds = frame.seconds;
    }
  }

  first() {
    this.waited = Math.round(performance.now() - this.asked);
    form.dataset.firstSound = this.waited;
    byId("sounding").hidden = false;
    news.textContent = `First sound after ${this.waited} ms.`;
    this.mark(0, 0);
  }

  moved(seconds) {
    form.dataset.played = this.player.played;
    form.dataset.loudest = this.player.loudest;
    this.wave.moveTo(seconds);
    const word = this.words.findLast((each) => each.start <= seconds);
    if (word) this.mark(word.char_start, word.char_end);
  }

  mark(from, to) {
    before.textContent = this.said.slice(0, from).join("");
    now.textContent = this.said.slice(from, to).join("");
    after.textContent = this.said.slice(to).join("");
  }

  heard() {
    this.mark(this.said.length, this.said.length);
    this.finish();
  }

  fail(words) {
    problem.textContent = words;
    problem.hidden = false;
    news.textContent = "";
    this.finish();
  }

  finish() {
    if (this.over) return;
    this.over = this.done = true;
    this.socket?.close();
    this.player?.close();
    form.dataset.state = "over";
    if (current === this) {
      stop.disabled = stop.hidden = true;
      go.disabled = false;
    }
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const option = chosen();
  if (!option) return;
  current?.finish();
  problem.hidden = download.hidden = true;
  if (download.href) URL.revokeObjectURL(download.href);
  go.disabled = true;
  stop.disabled = stop.hidden = false;
  news.textContent = "Asking for a voice …";
  form.dataset.state = "speaking";
  const speech = (current = new Speech(text.value));
  speech.begin(option).catch((error) => speech.fail(error.message));
});

stop.addEventListener("click", () => {
  current?.finish();
  news.textContent = "Stopped.";
});

// What it costs, and how a program would ask for it.
function follow() {
  const option = chosen();
  const length = Array.from(text.value).length;
  const cost = byId("cost");
  const most = Number(form.dataset.most);
  if (length > most) {
    cost.textContent = `${many.format(length)} characters: your plan allows ${many.format(most)} in one request.`;
  } else if (option) {
    const price = length * Number(option.dataset.factor);
    cost.textContent = `${many.format(length)} characters, which cost ${many.format(price)} of your ${many.format(Number(form.dataset.balance))}.`;
  }
  const body = JSON.stringify({ ...JSON.parse(option?.dataset.body ?? "{}"), text: text.value });
  for (const code of document.querySelectorAll("code[data-pattern]")) {
    // Functions, because a dollar sign in the text means nothing here.
    code.textContent = code.dataset.pattern
      .replace("%QUOTED%", () => body.replaceAll("'", "'\\''"))
      .replace("%BODY%", () => body);
  }
}

for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
    button.firstChild.textContent = "Copied";
    setTimeout(() => (button.firstChild.textContent = "Copy"), 2000);
  });
}

text.addEventListener("input", follow);
byId("choice").addEventListener("change", follow);
begin();
follow();
