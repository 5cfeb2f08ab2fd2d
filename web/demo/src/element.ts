/** Just enough to build elements in one expression. */

type Attributes = Record<string, string | number | boolean | ((event: Event) => void) | null>;

/**
 * An element with attributes and children. A function is a listener for the event that its name
 * says; true stands for an attribute without a value, false and null for none at all.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value !== false && value !== null)
      made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

/** Set an attribute that stands for a state, for styles and assistive technology alike. */
export function mark(target: Element, attribute: string, value: string | boolean): void {
  const text = String(value);
  if (target.getAttribute(attribute) !== text) target.setAttribute(attribute, text);
}

/** Change a text only if it differs, so that screen readers hear only what is new. */
export function write(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
