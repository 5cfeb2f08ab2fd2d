/** Buttons that copy, and say that they did. */

import { element, write } from "../element.js";
import { icon } from "../icons.js";

const SAID_MS = 1600;

export function copyButton(name: string, label: string, text: () => string | null): HTMLElement {
  const said = element("span", {}, name);
  const sign = element("span", { class: "copy-sign" }, icon("copy"));
  const button = element(
    "button",
    { class: "mini", type: "button", title: label, "aria-label": label },
    sign,
    said,
  );
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = (words: string, isDone: boolean) => {
    write(said, words);
    sign.replaceChildren(icon(isDone ? "check" : "copy"));
    clearTimeout(timer);
    timer = setTimeout(() => {
      write(said, name);
      sign.replaceChildren(icon("copy"));
    }, SAID_MS);
  };
  button.addEventListener("click", () => {
    const copied = text();
    if (copied === null) return;
    writeText(copied).then(
      () => {
        say("Copied", true);
      },
      () => {
        say("Select it", false);
      },
    );
  });
  return button;
}

/** The clipboard proper is there on https and localhost only; on others the old way still works. */
async function writeText(text: string): Promise<void> {
  // The types promise what an insecure address does not have.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard !== undefined) return clipboard.writeText(text);
  const area = element("textarea", { class: "only-heard", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- there is no other way without https
  const isCopied = document.execCommand("copy");
  area.remove();
  if (!isCopied) throw new Error("the browser does not let a page copy here");
}
