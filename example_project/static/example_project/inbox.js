/* Adds new messages to the inbox while somebody looks at it. Without JavaScript, "Refresh" does the same. */
"use strict";

const SECONDS = 2;
const list = document.getElementById("messages");

async function look() {
  const answer = await fetch(location.href, { cache: "no-store" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = [...page.querySelectorAll("#messages > [id]")].filter((item) => !document.getElementById(item.id));
  if (fresh.length === 0) return;
  for (const item of list.querySelectorAll(".none")) item.remove();
  // Only what is new is added, so that nothing which somebody reads or has focused is replaced.
  list.prepend(...fresh.map((item) => document.adoptNode(item)));
}

setInterval(() => {
  if (!document.hidden) look().catch(() => {}); // the next look may reach the site again
}, SECONDS * 1000);
