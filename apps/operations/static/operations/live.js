// Puts fresh figures in place every five seconds. Where somebody is at a button or in a table, that panel waits.
const EVERY = 5000;
const shown = document.getElementById("live");

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(shown.dataset.from, { redirect: "manual", headers: { Accept: "application/json" } });
  // Signed out meanwhile: the page asks for the password when it is loaded again.
  if (!answer.ok) return;
  const { html } = await answer.json();
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  const parts = [...fresh.querySelectorAll("[id^='panel-']")];
  if (parts.length !== shown.querySelectorAll("[id^='panel-']").length) {
    if (!shown.contains(document.activeElement)) shown.replaceChildren(...fresh.childNodes);
    return;
  }
  for (const part of parts) {
    const old = document.getElementById(part.id);
    if (old && !old.contains(document.activeElement)) old.replaceWith(document.adoptNode(part));
  }
}

async function go() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    await refresh().catch(() => {});
  }
}

if (shown) go();
