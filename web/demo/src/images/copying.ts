/** Buttons that copy, and say that they did. */

import { copyText } from "../clipboard.js";
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
    copyText(copied).then(
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
