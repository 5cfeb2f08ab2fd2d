/** How it looks: the dock's effects, what stands behind a replaced background, and labels. */

import type { Background } from "rtseg";

import { element, mark } from "./element.js";
import { control, icon } from "./icons.js";
import { EFFECTS } from "./params.js";
import type { Store } from "./store.js";
import { EFFECT_WORDS } from "./words.js";

const BACKDROPS = ["#1f4bff", "#00b26b", "#f2efe6", "#15160f"];

export function effects(store: Store): HTMLElement {
  const group = element("div", { class: "effects", role: "group", "aria-label": "Effect" });
  for (const [index, effect] of EFFECTS.entries()) {
    const { name, tip } = EFFECT_WORDS[effect];
    const button = element(
      "button",
      {
        class: "effect",
        type: "button",
        title: `${tip} (${index + 1})`,
        click: () => {
          store.set({ effect });
        },
      },
      icon(effect),
      element("span", {}, name),
    );
    store.watch((state) => {
      mark(button, "aria-pressed", state.effect === effect);
    });
    group.append(button);
  }
  return group;
}

/** Names at the things themselves. */
export function labelToggle(store: Store): HTMLElement {
  const button = control("label", "Names at the things (L)", () => {
    store.set({ hasLabels: !store.get().hasLabels });
  });
  store.watch(({ hasLabels }) => {
    mark(button, "aria-pressed", hasLabels);
  });
  return button;
}

export function backdrops(store: Store): HTMLElement {
  const group = element("div", { class: "backdrops", role: "group", "aria-label": "Background" });
  const swatch = (colour: string) => {
    const one = element("button", {
      class: "swatch",
      type: "button",
      title: `Background ${colour}`,
      "aria-label": `Background ${colour}`,
      click: () => {
        store.set({ background: { kind: "colour", colour } });
      },
    });
    // Not as an attribute: a strict content policy forbids those.
    one.style.setProperty("--swatch", colour);
    return one;
  };
  const own = element("input", { type: "color", value: "#ff5a36", "aria-label": "Own colour" });
  own.addEventListener("input", () => {
    store.set({ background: { kind: "colour", colour: own.value } });
  });
  const file = element("input", { type: "file", accept: "image/*", hidden: true });
  file.addEventListener("change", () => {
    const [picked] = file.files ?? [];
    file.value = "";
    if (picked !== undefined) void usePicture(picked, store);
  });
  const picture = element(
    "button",
    {
      class: "swatch picture",
      type: "button",
      title: "A picture of your own",
      "aria-label": "A picture of your own",
      click: () => {
        file.click();
      },
    },
    icon("image"),
  );
  const swatches = BACKDROPS.map(swatch);
  group.append(
    ...swatches,
    element("label", { class: "swatch own", title: "Any colour" }, own),
    picture,
    file,
  );
  store.watch(({ effect, background }, before) => {
    if (before !== null && before.background !== background) letGo(before.background);
    group.hidden = effect !== "replace";
    swatches.forEach((one, index) => {
      mark(one, "aria-pressed", isColour(background, BACKDROPS[index]));
    });
    mark(picture, "aria-pressed", background.kind === "image");
  });
  return group;
}

function isColour(background: Background, colour: string | undefined): boolean {
  return background.kind === "colour" && background.colour === colour;
}

/** A photograph takes as much memory as it has pixels until it is closed. */
function letGo(background: Background): void {
  if (background.kind === "image" && background.image instanceof ImageBitmap) {
    background.image.close();
  }
}

async function usePicture(file: File, store: Store): Promise<void> {
  try {
    store.set({ background: { kind: "image", image: await createImageBitmap(file) } });
  } catch {
    store.set({ remark: { code: "bad_image", message: "That picture cannot be read." } });
  }
}
