/** What hands on the live picture do. */

import type { Overlay } from "rtseg";

import type { App } from "./app.js";
import type { Toucher } from "./hands.js";

export function toucherOf(app: App, overlay: Overlay): Toucher {
  return {
    get frame() {
      return app.frameOnScreen;
    },
    touch: (touch, frame, reach) =>
      app.prompting.touch(touch, frame, reach * (overlay.frame?.width ?? 1)),
    draw: (box) => app.prompting.draw(box),
    point: (place) => {
      app.prompting.point(place);
    },
    hint: (message) => {
      app.remark({ code: "hint", message });
    },
  };
}
