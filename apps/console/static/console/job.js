// Follows an unfinished job, shows what came of it, and plays what was sent beside that, where this browser has it.
import { show } from "./swap.js";

const EVERY = 1000;
let sent = null; // the address of the recording within this browser

// The page as it is now; `file` is the recording that was sent from it, if it was.
export function begin(file) {
  if (file) sent = URL.createObjectURL(file);
  beside();
  if (document.getElementById("watch")) setTimeout(again, EVERY);
}

function beside() {
  const figure = document.getElementById("sent");
  const compare = document.getElementById("compare");
  if (!figure) return;
  figure.hidden = !sent;
  compare.hidden = Boolean(sent);
  if (sent) figure.querySelector("audio").src = sent;
  compare.querySelector("input").onchange = ({ target }) => {
    if (!target.files.length) return;
    sent = URL.createObjectURL(target.files[0]);
    beside();
    figure.querySelector("audio").focus();
  };
}

async function look() {
  const watch = document.getElementById("watch");
  if (!watch) return;
  const answer = await fetch(watch.dataset.state, { headers: { Accept: "application/json" } });
  if (!answer.ok || answer.redirected) throw new Error(`status ${answer.status}`);
  const job = await answer.json();
  if (job.finished) {
    await show(await fetch(location.href));
    begin();
    return;
  }
  watch.querySelector("progress").value = job.progress;
  const state = document.getElementById("state");
  state.textContent = job.status;
  state.className = `state ${job.status}`;
  const news = job.queue_position ? `Waiting: number ${job.queue_position} of yours.` : `${Math.round(job.progress * 100)} %`;
  const said = document.getElementById("said");
  if (said.textContent !== news) said.textContent = news;
  setTimeout(again, EVERY);
}

// After a failure it asks less often: the server may be busy, or the network away.
function again() {
  look().catch(() => setTimeout(again, 5 * EVERY));
}

begin();
