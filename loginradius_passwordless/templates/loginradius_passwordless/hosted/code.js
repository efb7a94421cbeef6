// Nothing here is needed: the page works without it. It takes the code out of an SMS where the browser can, and goes
// on by itself when the link was confirmed on another device.
const form = document.getElementById("code-form"), field = document.getElementById("code");
const confirmed = document.getElementById("confirmed");

if (!confirmed && "OTPCredential" in window) { // an SMS comes only where no link does
  const stop = new AbortController();
  form.addEventListener("submit", () => stop.abort());
  navigator.credentials.get({ otp: { transport: ["sms"] }, signal: stop.signal }).then((message) => {
    field.value = message.code;
    if (!("byHand" in form.dataset)) form.requestSubmit();
  }, () => {});
}

async function look() {
  if (field.value === "" && !document.hidden) {
    try {
      const answer = await fetch(confirmed.dataset.waiting, { headers: { Accept: "application/json" } });
      const found = answer.ok ? await answer.json() : {};
      if (found.IsOver) return location.replace(location.href);
      if (found.IsConfirmed) return confirmed.querySelector("button").click();
    } catch {} // offline, or asleep: the next look may get through
  }
  setTimeout(look, 3000);
}

if (confirmed && confirmed.dataset.waiting) setTimeout(look, 3000);
