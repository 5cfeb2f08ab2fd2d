/** The ways a picture comes in: chosen, dropped anywhere on the page, or pasted. */

import { element } from "../element.js";
import type { ImageApp } from "./app.js";

/** Listen for pictures; gives what opens the system's own dialog. */
export function takeFiles(app: ImageApp): () => void {
  const take = (file: File | null | undefined) => {
    if (file) void app.open(file, file.name || "pasted.png");
  };
  const input = element("input", { type: "file", accept: "image/*", hidden: true });
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    // Emptied, so that the same file can be picked again.
    input.value = "";
    take(file);
  });

  const veil = element(
    "div",
    { class: "drop-veil", hidden: true, "aria-hidden": "true" },
    element("p", {}, "Drop it anywhere"),
  );
  document.body.append(input, veil);
  // Every element that the pointer crosses says so; the veil goes when it has left the last.
  let inside = 0;
  const isFile = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes("Files") ?? false;
  const lift = () => {
    inside = 0;
    veil.hidden = true;
  };
  window.addEventListener("dragenter", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    inside++;
    veil.hidden = false;
  });
  window.addEventListener("dragover", (event) => {
    if (isFile(event)) event.preventDefault();
  });
  window.addEventListener("dragleave", (event) => {
    if (isFile(event) && --inside <= 0) lift();
  });
  window.addEventListener("drop", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    lift();
    take(event.dataTransfer?.files[0]);
  });
  window.addEventListener("paste", (event) => {
    const items = [...(event.clipboardData?.items ?? [])];
    const picture = items.find(({ kind, type }) => kind === "file" && type.startsWith("image/"));
    if (picture === undefined) return;
    event.preventDefault();
    take(picture.getAsFile());
  });
  return () => {
    input.click();
  };
}
