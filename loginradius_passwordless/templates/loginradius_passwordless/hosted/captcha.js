// Asks a provider that shows nothing, while the form is sent. Where it does not answer the form goes without a solution,
// and the page that comes back says so.
(() => {
  const own = document.currentScript, script = own.previousElementSibling, form = own.closest("form");
  const place = form.querySelector(".captcha > div"), solve = {{ captcha.on_submit|safe }};
  const loaded = new Promise((resolve, reject) => { script.onload = resolve; script.onerror = reject; });
  loaded.catch(() => {}); // nobody may ever send the form
  let isSolved = false;

  form.addEventListener("submit", async (event) => {
    if (isSolved) return;
    event.preventDefault();
    if (form.ariaBusy) return; // pressed twice
    form.ariaBusy = "true";
    const inVain = new Promise((resolve) => setTimeout(resolve, 10000, {}));
    const fields = await Promise.race([loaded.then(() => solve(place)), inVain]).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve)); // a form that is still being sent is not sent again
    const brought = Object.entries(fields || {}).map(([name, value]) => {
      return Object.assign(document.createElement("input"), { type: "hidden", name, value });
    });
    form.append(...brought);
    isSolved = true;
    form.requestSubmit(event.submitter);
    // The browser has read the form by now. Who comes back to it sends it with a solution of its own.
    isSolved = false;
    form.ariaBusy = null;
    for (const field of brought) field.remove();
  });
})();
