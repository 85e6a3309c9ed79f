// Shows how far a file is on its way, and that its lines are being read. Without this script the form works as well.

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
