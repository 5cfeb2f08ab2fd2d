/** Copies an address that opens the page as it is now. */

import { copyText } from "./clipboard.js";
import { element, write } from "./element.js";
import { icon } from "./icons.js";
import { share } from "./share.js";
import type { Store } from "./store.js";

const SAID_MS = 4000;

export function linkButton(store: Store): HTMLElement {
  const words = element("span", {}, "Copy a link to this");
  const note = element("p", { class: "panel-note", "aria-live": "polite" });
  // Where nothing may be copied, it can still be selected.
  const field = element("input", {
    class: "field",
    type: "text",
    readonly: true,
    hidden: true,
    "aria-label": "Link to this",
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const copy = async () => {
    const { address, left } = share(store.get(), location.href);
    clearTimeout(timer);
    try {
      await copyText(address);
      field.hidden = true;
      write(words, "Copied");
      write(note, left);
    } catch {
      field.hidden = false;
      field.value = address;
      field.select();
      write(note, `The browser lets no page copy here: copy it from this field. ${left}`.trim());
    }
    timer = setTimeout(() => {
      write(words, "Copy a link to this");
    }, SAID_MS);
  };
  const button = element(
    "button",
    {
      class: "toggle link-button",
      type: "button",
      title: "What is looked for, the effect and the picture’s settings, as an address",
      click: () => void copy(),
    },
    icon("link"),
    words,
  );
  return element("div", { class: "link-holder" }, button, field, note);
}
