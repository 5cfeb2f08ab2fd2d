import { element } from "./element.js";

/** The clipboard proper is there on https and localhost only; on others the old way still works. */
export async function copyText(text: string): Promise<void> {
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
