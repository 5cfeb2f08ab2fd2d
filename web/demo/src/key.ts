/** The API key, where the server wants one: asked for once, and kept for as long as the tab. */

import { element } from "./element.js";

const NAME = "rtseg.api-key";

/** The key of this tab; undefined if none was given. */
export function apiKey(): string | undefined {
  try {
    return sessionStorage.getItem(NAME) ?? undefined;
  } catch {
    // A browser may forbid a page to remember anything.
    return remembered;
  }
}

let remembered: string | undefined;

function keep(key: string): void {
  remembered = key;
  try {
    sessionStorage.setItem(NAME, key);
  } catch {
    // Then it is known until the page is left.
  }
}

/** A field for the key; `onKey` is called when there is one, and the key is known by then. */
export function keyForm(onKey: () => void): HTMLElement {
  const input = element("input", {
    type: "password",
    class: "field",
    name: "api-key",
    "aria-label": "API key",
    placeholder: "API key",
    autocomplete: "off",
    required: true,
  });
  const form = element(
    "form",
    { class: "key-form" },
    input,
    element("button", { class: "button small primary" }, "Use this key"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const key = input.value.trim();
    if (key === "") return;
    keep(key);
    onKey();
  });
  return form;
}

/** What to say about a key: none was given, or this one is not right. */
export function keyWords(): { title: string; body: string } {
  return apiKey() === undefined
    ? {
        title: "This server wants an API key",
        body: "Ask whoever runs it. The key stays in this tab and is gone when you close it.",
      }
    : {
        title: "The server does not know this key",
        body: "Check it for a missing or an added character, or ask whoever runs the server for another.",
      };
}
