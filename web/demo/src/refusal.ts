/** What the server will not outline, and what to do about it. */

import { element } from "./element.js";
import { commandLine } from "./notices.js";
import type { Asked, Store } from "./store.js";
import { commandIn, refusalTitle, sentence, withoutCommand } from "./words.js";

export function refusalCard(store: Store<Asked>): HTMLElement {
  const root = element("div", { class: "refusal", role: "alert" });
  store.watch(({ refusal, screen }, before) => {
    root.hidden = screen !== "stage" || refusal === null;
    if (refusal === before?.refusal) return;
    root.replaceChildren();
    if (refusal === null) return;
    const command = commandIn(refusal.message);
    root.append(
      element(
        "div",
        { class: "notice", "data-code": refusal.code },
        element("h2", {}, refusalTitle(refusal)),
        element("p", {}, sentence(withoutCommand(refusal.message, command))),
        ...(command === null ? [] : [commandLine(command)]),
        element(
          "div",
          { class: "notice-actions" },
          element(
            "button",
            {
              class: "button small",
              type: "button",
              click: () => {
                store.set({ refusal: null });
              },
            },
            "All right",
          ),
        ),
      ),
    );
  });
  return root;
}
