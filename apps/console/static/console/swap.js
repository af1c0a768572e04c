// Shows an answered page in place of this one, so that what the browser alone holds (a chosen recording) lives on.
let shown = location.pathname;

export async function show(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.querySelector("main")) throw new Error("That was no page of ours.");
  document.title = page.title;
  for (const part of ["header.top", "main"]) {
    const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
  }
  const path = new URL(answer.url).pathname;
  if (path !== shown) {
    shown = path;
    history.pushState(null, "", answer.url);
    scrollTo(0, 0);
    document.getElementById("main").focus({ preventScroll: true });
  }
}

// Back and forward are for the browser, which knows what those pages were.
addEventListener("popstate", () => {
  if (location.pathname !== shown) location.reload();
});
