// Follows an unfinished job, and shows the page anew when it has ended.
const watch = document.getElementById("watch");
const bar = watch.querySelector("progress");
const said = document.getElementById("said");
const state = document.getElementById("state");
const EVERY = 1000;

async function look() {
  const answer = await fetch(watch.dataset.state, { headers: { Accept: "application/json" } });
  if (!answer.ok || answer.redirected) throw new Error(`status ${answer.status}`);
  const job = await answer.json();
  if (job.finished) {
    location.reload();
    return;
  }
  bar.value = job.progress;
  state.textContent = job.status;
  state.className = `state ${job.status}`;
  const news = job.queue_position ? `Waiting: number ${job.queue_position} of yours.` : `${Math.round(job.progress * 100)} %`;
  if (said.textContent !== news) said.textContent = news;
  setTimeout(again, EVERY);
}

// After a failure it asks less often: the server may be busy, or the network away.
function again() {
  look().catch(() => setTimeout(again, 5 * EVERY));
}

setTimeout(again, EVERY);
