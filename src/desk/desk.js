// What a page can do besides: it copies and shares a link, prints itself, ticks all boxes of a list, shows how far a file is on
// its way, and asks before links that are shown once are left unsaved. Without this script all that is left out, and every form works as well.

// A page that is written in place runs this once more, in the same window: so its names are a block's.
{
  /** Shows a button that works here, and does something when it is pressed. */
  const offer = (button, act) => {
    button.hidden = false;
    button.addEventListener("click", act);
  };
  const say = (button, text) => {
    const said = button.closest(".card").querySelector("[data-said]");
    said.textContent = text;
  };

  if (navigator.clipboard) {
    for (const button of document.querySelectorAll("[data-copy]")) {
      const field = document.getElementById(button.dataset.copy);
      offer(button, async () => {
        try {
          await navigator.clipboard.writeText(field.value);
          document.dispatchEvent(new Event("copied"));
          say(button, "Copied.");
        } catch {
          field.select();
          say(button, "It could not be copied. It is marked now: copy it by hand.");
        }
      });
    }
  }

  if (navigator.share) {
    for (const button of document.querySelectorAll("[data-share]")) {
      const field = document.getElementById(button.dataset.share);
      // Whoever closes the sheet has not shared it, and knows.
      offer(button, () => navigator.share({ title: button.dataset.title, url: field.value }).catch(() => {}));
    }
  }

  for (const button of document.querySelectorAll("[data-print]")) offer(button, () => print());

  for (const label of document.querySelectorAll("[data-all]")) {
    const all = label.querySelector("input");
    const boxes = [...all.form.querySelectorAll(`input[name=${label.dataset.all}]`)];
    const count = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      all.checked = ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    };
    label.hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
    });
    for (const box of boxes) box.addEventListener("change", count);
    // A browser that goes back has the boxes as they were.
    addEventListener("pageshow", count);
  }

  // A month's fees are due in that month, unless somebody says so of another day.
  for (const day of document.querySelectorAll("[data-day-of]")) {
    const month = document.getElementById(day.dataset.dayOf);
    month.addEventListener("change", () => {
      const [year, number] = month.value.split("-").map(Number);
      if (!year || !number || !day.value) return;
      const last = new Date(Date.UTC(year, number, 0)).getUTCDate();
      const date = Math.min(Number(day.value.slice(8)), last);
      day.value = `${month.value}-${String(date).padStart(2, "0")}`;
    });
  }

  for (const form of document.querySelectorAll("form[data-progress]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const box = form.querySelector(".progress");
      const bar = box.querySelector("progress");
      const said = box.querySelector("p");
      const buttons = form.querySelectorAll("button");
      box.hidden = false;
      for (const button of buttons) button.disabled = true;

      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "text/html");
      request.upload.addEventListener("progress", ({ lengthComputable, loaded, total }) => {
        if (!lengthComputable) return;
        bar.value = loaded / total;
        said.textContent = `Sending the file: ${Math.round((100 * loaded) / total)} %`;
      });
      request.upload.addEventListener("load", () => {
        bar.removeAttribute("value");
        said.textContent = "The file has arrived. Its lines are being read.";
      });
      request.addEventListener("load", () => {
        // The answer is a page, as it is without this script.
        document.open();
        document.write(request.responseText);
        document.close();
        scrollTo(0, 0);
      });
      request.addEventListener("error", () => {
        for (const button of buttons) button.disabled = false;
        bar.value = 0;
        said.textContent = "No answer came. You can send the same file again: what was imported already is not imported twice.";
      });
      request.send(new FormData(form));
    });
  }

  for (const form of document.querySelectorAll("form[data-once]")) {
    const ask = (event) => event.preventDefault();
    const isSaved = () => removeEventListener("beforeunload", ask);
    addEventListener("beforeunload", ask);
    form.addEventListener("submit", () => {
      isSaved();
      // The browser says nothing of a file that it has saved.
      const said = form.querySelector("[data-saved]");
      if (said) said.textContent = "The file is on its way to your downloads. You can save it once more.";
    });
    for (const copied of ["copy", "copied"]) document.addEventListener(copied, isSaved);
  }

  // What was typed into a form comes back if the session had ended when it was sent. It is kept in this tab alone, until the
  // next page of the desk that is not the log-in. A link that is shown once is not kept.
  const TYPED = "typed";
  const typed = JSON.parse(sessionStorage.getItem(TYPED) ?? "null");
  if (typed && document.querySelector('form[action="/admin/login"]')) {
    sessionStorage.setItem(TYPED, JSON.stringify({ ...typed, hasEnded: true }));
  } else if (typed) {
    sessionStorage.removeItem(TYPED);
    const form = [...document.forms].find((form) => form.method === "post" && new URL(form.action).pathname === typed.path);
    if (form && typed.hasEnded) {
      for (const [name, value] of typed.fields) {
        const field = form.elements.namedItem(name);
        if (field?.type === "checkbox") field.checked = true;
        else if (field && field.type !== "hidden") field.value = value;
      }
      const note = document.createElement("div");
      note.className = "note warn";
      note.setAttribute("role", "status");
      note.textContent = "You were logged out before this was done. What you typed is here again: look at it, and send it.";
      form.before(note);
    }
  }
  document.addEventListener("submit", ({ target }) => {
    const action = new URL(target.action);
    if (target.method !== "post" || action.pathname === "/admin/login" || "once" in target.dataset) return;
    const isTyped = ([name, value]) => typeof value === "string" && !["hidden", "password"].includes(target.elements.namedItem(name)?.type);
    const fields = [...new FormData(target)].filter(isTyped);
    if (fields.length > 0) sessionStorage.setItem(TYPED, JSON.stringify({ path: action.pathname, fields }));
  });
}
