/** The dock's buttons for pictures and videos to keep. */

import { element, mark, write } from "./element.js";
import { control, icon } from "./icons.js";
import type { Store } from "./store.js";
import type { Taking } from "./taking.js";
import { durationWords, sizeWords } from "./takewords.js";

export function takeButtons(taking: Taking): HTMLElement {
  const save = control("snapshot", "Save a picture (S)", () => void taking.save());
  const copy = control("copy", "Copy a picture (P)", () => void taking.copy());
  const record = control("record", "Record (R)", () => void taking.toggle());
  record.classList.add("record");
  taking.store.watch(({ recording }, before) => {
    const isOn = recording !== null;
    if (before !== null && isOn === (before.recording !== null)) return;
    mark(record, "aria-pressed", isOn);
    const label = isOn ? "Stop recording (R)" : "Record (R)";
    mark(record, "aria-label", label);
    mark(record, "title", label);
    record.replaceChildren(icon(isOn ? "recordStop" : "record"));
  });
  return element(
    "div",
    { class: "taking", role: "group", "aria-label": "Keep" },
    save,
    copy,
    record,
  );
}

/** Over the picture: how long it has been recorded. It is heard when it begins and when it ends. */
export function recordingSign(taking: Taking, store: Store): HTMLElement {
  const time = element("b");
  const size = element("small");
  const sign = element(
    "div",
    { class: "recording", "aria-hidden": "true" },
    element("i"),
    time,
    size,
  );
  const heard = element("p", { class: "only-heard", "aria-live": "polite" });
  const flash = element("div", { class: "flash", "aria-hidden": "true" });
  taking.store.watch(({ recording, taken }, before) => {
    sign.hidden = recording === null;
    if (recording !== null) {
      write(time, durationWords(recording.elapsedMs));
      write(size, sizeWords(recording.bytes));
    }
    if (before === null) return;
    if ((recording === null) !== (before.recording === null)) {
      write(heard, recording === null ? "Recording ended." : "Recording.");
    }
    if (taken !== before.taken) blink(flash);
  });
  const root = element("div", { class: "takes" }, flash, sign, heard);
  store.watch(({ screen }) => {
    root.hidden = screen !== "stage";
  });
  return root;
}

/** As a shutter; styles leave it out where nothing should move. */
function blink(flash: HTMLElement): void {
  mark(flash, "data-on", "false");
  // Read, so that the animation begins anew.
  flash.getBoundingClientRect();
  mark(flash, "data-on", "true");
}
