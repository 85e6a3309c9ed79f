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

  // What was to be sent comes back if the session had ended by then. It is kept in this tab alone, until the next page of the desk that is not
  // the log-in. Neither a file nor a link that is shown once is kept.
  const KEPT = "kept";
  // A form's own properties are hidden by fields of the same names.
  const actionOf = (form) => form.getAttribute("action");
  const isPost = (form) => form.getAttribute("method") === "post";
  const isOfFiles = (form) => form.getAttribute("enctype") === "multipart/form-data";
  const hiddenOf = (form) => JSON.stringify([...form.elements].filter(({ type }) => type === "hidden").map(({ name, value }) => [name, value]));

  /** Fills the form again if it is here, as it was; or else offers to send what was to be sent. */
  const bringBack = ({ action, hidden, fields, button }) => {
    const note = document.createElement("div");
    note.className = "note warn";
    note.setAttribute("role", "status");
    const form = [...document.forms].find((form) => isPost(form) && actionOf(form) === action && (isOfFiles(form) || hiddenOf(form) === hidden));
    if (form) {
      for (const [name, value] of fields) {
        const field = form.elements.namedItem(name);
        if (field?.type === "checkbox") field.checked = true;
        else if (field && field.type !== "hidden") field.value = value;
      }
      note.textContent = "You were logged out before this was done. What you typed is here again: look at it, and send it.";
      form.before(note);
      return;
    }
    if (button === undefined) return;
    const again = document.createElement("form");
    again.method = "post";
    again.action = action;
    for (const [name, value] of fields) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      again.append(field);
    }
    const press = document.createElement("button");
    press.textContent = button;
    again.append(press);
    const said = document.createElement("p");
    said.textContent = "You were logged out before this was done. It can be sent as it was:";
    note.append(said, again);
    document.querySelector("main h1").after(note);
  };

  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  const logIn = document.querySelector('form[action="/admin/login"]');
  if (kept && logIn) {
    sessionStorage.setItem(KEPT, JSON.stringify({ ...kept, hasEnded: true }));
    logIn.elements.namedItem("next").value = kept.page;
  } else if (kept) {
    sessionStorage.removeItem(KEPT);
    if (kept.hasEnded) bringBack(kept);
  }
  document.addEventListener("submit", ({ target, submitter }) => {
    if (!isPost(target) || "once" in target.dataset || ["/admin/login", "/admin/logout"].includes(actionOf(target))) return;
    const typeOf = (name) => target.elements.namedItem(name)?.type;
    const isTyped = ([name, value]) => typeof value === "string" && typeOf(name) !== "hidden";
    const fields = [...new FormData(target)].filter(([name]) => typeOf(name) !== "password");
    const what = { page: location.pathname + location.search, action: actionOf(target), hidden: hiddenOf(target) };
    const more = isOfFiles(target) ? { fields: fields.filter(isTyped) } : { fields, button: submitter?.textContent ?? "Send it" };
    try {
      sessionStorage.setItem(KEPT, JSON.stringify({ ...what, ...more }));
    } catch {
      // It is more than a browser keeps: it has to be typed again.
      sessionStorage.removeItem(KEPT);
    }
  });
}
