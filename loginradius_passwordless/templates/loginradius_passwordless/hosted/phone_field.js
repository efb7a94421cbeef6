// Nothing here is needed: the field works without it. It names the countries in the page's language, and writes a
// number as people there do while it is typed.
const country = document.getElementById("country"), number = document.getElementById("phone");

if (country && Intl.DisplayNames) {
  const names = new Intl.DisplayNames(document.documentElement.lang, { type: "region", fallback: "code" });
  const [none, ...all] = country.options, chosen = country.value;
  for (const option of all) option.text = `${names.of(option.value)} \u200e${option.text.split(" ")[1]}`; // +49, never 49+
  all.sort((one, other) => one.text.localeCompare(other.text, document.documentElement.lang));
  country.replaceChildren(none, ...all);
  country.value = chosen;
}

function write() {
  const pattern = country.selectedOptions[0].dataset.pattern, typed = number.value;
  const isAtEnd = number.selectionStart === typed.length, digits = typed.replace(/\D/g, "");
  const most = pattern ? pattern.replace(/[^#]/g, "").length : 0;
  // What begins with a plus sign or a zero is written in a way of its own, as is what has digits of another script;
  // and a correction in the middle is let be.
  if (!most || !isAtEnd || /^\s*0|[^\d\s().\/-]/.test(typed) || digits.length > most) return;
  let written = "", next = 0;
  for (const sign of pattern) {
    if (next === digits.length) break;
    written += sign === "#" ? digits[next++] : sign;
  }
  number.value = written;
}

if (number) {
  number.addEventListener("input", (event) => { if (!/^delete/.test(event.inputType || "")) write(); });
  country.addEventListener("change", write);
}
