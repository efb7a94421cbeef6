// The template studio: a preview while one types, and placeholders by a press. Without this file a button does the same.
"use strict";

(() => {
  const PAUSE = 350;

  function begin() {
    const studio = document.getElementById("studio");
    const form = studio && studio.closest("form");
    if (!form) return;
    const texts = [...form.querySelectorAll("#id_subject, #id_html, #id_text, #id_voice_text")];
    studio.querySelector(".studio-without-script").hidden = true;
    writeNotes(studio, form, JSON.parse(document.getElementById("studio-notes").textContent));
    offerPlaceholders(studio, form, texts);
    previewWhileTyping(studio, form);
  }

  function offerPlaceholders(studio, form, texts) {
    let target = texts.find((each) => each.tagName === "TEXTAREA") || texts[0];
    for (const text of texts) text.addEventListener("focus", () => { target = text; });
    for (const code of form.querySelectorAll(".studio-placeholders code")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = code.textContent;
      button.setAttribute("aria-label", `${studio.dataset.insert} ${code.textContent}`);
      button.addEventListener("click", () => {
        if (!target || target.readOnly) return;
        target.focus();
        target.setRangeText(code.textContent, target.selectionStart, target.selectionEnd, "end");
        target.dispatchEvent(new Event("input", {bubbles: true}));
      });
      code.replaceWith(button);
    }
  }

  function previewWhileTyping(studio, form) {
    const shown = document.getElementById("studio-preview");
    const status = document.getElementById("studio-status");
    let timer = 0;
    let asked = null;

    async function refresh() {
      if (asked) asked.abort();
      asked = new AbortController();
      try {
        const answer = await fetch(studio.dataset.preview, {
          method: "POST", body: new FormData(form), headers: {Accept: "application/json"},
          credentials: "same-origin", signal: asked.signal,
        });
        if (!answer.ok) throw new Error(String(answer.status));
        const {html, notes} = await answer.json();
        shown.innerHTML = html;
        writeNotes(studio, form, notes);
        status.textContent = "";
      } catch (error) {
        if (error.name !== "AbortError") status.textContent = studio.dataset.failed;
      }
    }

    function later(event) {
      const is_shown = event.target.name && event.target.name !== "note";
      if (!is_shown) return;
      clearTimeout(timer);
      timer = setTimeout(refresh, event.type === "change" ? 0 : PAUSE);
    }
    form.addEventListener("input", later);
    form.addEventListener("change", (event) => { if (event.target.name.startsWith("preview_")) later(event); });
    // Enter in a control of the preview must not save the form.
    studio.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.name && event.target.name.startsWith("preview_")) event.preventDefault();
    });
  }

  function writeNotes(studio, form, notes) {
    for (const old of form.querySelectorAll(".studio-field-notes")) old.remove();
    for (const [name, findings] of Object.entries(notes)) {
      const field = form.querySelector(`#id_${name}`);
      if (!field) continue;
      const list = document.createElement("ul");
      list.className = "studio-field-notes";
      list.id = `studio-notes-${name}`;
      for (const {text, is_error} of findings) {
        const item = document.createElement("li");
        item.className = is_error ? "studio-error" : "studio-warning";
        item.textContent = `${is_error ? studio.dataset.error : studio.dataset.warning}: ${text}`;
        list.append(item);
      }
      (field.closest(".flex-container") || field).after(list); // below: such a row has no room beside the field
    }
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
