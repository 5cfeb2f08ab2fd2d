import "../styles/base.css";
import "../styles/welcome.css";
import "../styles/stage.css";
import "../styles/dock.css";
import "../styles/panels.css";
import "../styles/taking.css";
import "../styles/notices.css";
import "../styles/details.css";
import "../styles/shortcuts.css";
import "../styles/prompts.css";

import { createOverlay, type Named } from "rtseg";

import { App } from "./app.js";
import { chips } from "./chips.js";
import { details } from "./details.js";
import { dock } from "./dock.js";
import { element } from "./element.js";
import { handsOn } from "./hands.js";
import { liveLook } from "./look.js";
import { rememberedShowing, rememberShowing } from "./memory.js";
import { liveWays, stageNotices } from "./notices.js";
import { nameIn } from "./naming.js";
import { BACKGROUND, hasRoomForDetails, readParams } from "./params.js";
import { listOf } from "./prompting.js";
import { readout } from "./readout.js";
import { refusalCard } from "./refusal.js";
import { shortcuts } from "./shortcuts.js";
import { bindStage, stage } from "./stage.js";
import { createStore, type State } from "./store.js";
import { recordingSign } from "./takebuttons.js";
import { Taking } from "./taking.js";
import { tidings } from "./tidings.js";
import { toucherOf } from "./toucher.js";
import { welcome } from "./welcome.js";

const params = readParams(location.search);
const store = createStore<State>({
  screen: "welcome",
  isOpening: false,
  trouble: null,
  session: { kind: "idle" },
  remark: null,
  catalogue: null,
  list: listOf(params.prompts.map((text) => ({ text }))),
  active: [],
  found: new Map(),
  selected: null,
  pointed: null,
  isNegative: false,
  refusal: null,
  isPaused: false,
  isEmpty: false,
  isStale: false,
  effect: params.effect,
  background: { kind: "colour", colour: params.background ?? BACKGROUND },
  hasLabels: params.labels,
  isMirrored: params.mirror ?? false,
  fit: params.fit,
  line: params.line,
  showing: params.showing ?? rememberedShowing(() => localStorage) ?? "live",
  source: null,
  cameras: [],
  wishes: params.camera,
  given: null,
  most: null,
  ailment: null,
  isDetailed: params.details && hasRoomForDetails(window),
});

const view = stage();
const overlay = createOverlay(view.video, view.canvas);
const app = new App(store, params, view.video, overlay);
const taking = new Taking(overlay, (message) => {
  app.remark({ code: "hint", message });
});

const fileInput = element("input", { type: "file", accept: "video/*", hidden: true });
fileInput.addEventListener("change", () => {
  const [file] = fileInput.files ?? [];
  // Emptied, so that the same file can be picked again.
  fileInput.value = "";
  if (file !== undefined) void app.useFile(file);
});
const pickFile = () => {
  fileInput.click();
};
const ways = liveWays(app, pickFile);

document
  .querySelector("#app")
  ?.append(
    view.root,
    readout(store, app),
    details(store, app),
    stageNotices(store, app, ways),
    refusalCard(store),
    element(
      "section",
      { "aria-label": "What is asked for" },
      chips(store, app.prompting, liveLook),
    ),
    tidings(store),
    recordingSign(taking, store),
    dock(store, app, taking, pickFile),
    welcome(store, app, ways, pickFile),
    shortcuts(store, app, taking),
    fileInput,
  );

bindStage(view, store);
const feedback = handsOn(
  view.glass,
  store,
  {
    toPicture: (x, y) => overlay.toPicture(x, y),
    fromPicture: (x, y) => overlay.fromPicture(x, y),
    get isMirrored() {
      return overlay.options.mirrored;
    },
  },
  toucherOf(app, overlay),
);
store.watch(({ found }, before) => {
  if (found === before?.found) return;
  const sought = [...found].filter(([, { kind }]) => kind === "looking");
  feedback.awaiting(new Set(sought.map(([id]) => id)));
});
store.watch(({ selected, pointed, found }, before) => {
  const isSame =
    selected === before?.selected && pointed === before.pointed && found === before.found;
  if (isSame) return;
  const shown = pointed ?? selected;
  overlay.set({ emphasised: shown === null ? [] : (found.get(shown)?.objects ?? []) });
});
if (params.line !== null) overlay.set({ lineWidth: params.line });
store.watch(({ showing }, before) => {
  overlay.set({ showing });
  // What an address says holds for this visit; what a person chooses is remembered.
  if (before !== null && showing !== before.showing) rememberShowing(showing, () => localStorage);
});
const nameAt = (object: Named) => nameIn(store.get(), object);
store.watch(({ effect, background, hasLabels, fit, isMirrored }, before) => {
  const isSame =
    effect === before?.effect &&
    background === before.background &&
    hasLabels === before.hasLabels &&
    fit === before.fit &&
    isMirrored === before.isMirrored;
  if (isSame) return;
  const labels = hasLabels ? nameAt : false;
  overlay.set({ effect, background, labels, fit, mirrored: isMirrored });
  feedback.place();
});

// The camera's own rate, counted where it can be.
if ("requestVideoFrameCallback" in view.video) {
  const count = (now: number, { captureTime, presentationTime }: VideoFrameCallbackMetadata) => {
    const captureMs = captureTime === undefined ? null : presentationTime - captureTime;
    app.gauge.cameraFrame(now, captureMs);
    view.video.requestVideoFrameCallback(count);
  };
  view.video.requestVideoFrameCallback(count);
}

window.addEventListener("pagehide", () => {
  app.close();
});
// Brought back by the browser's back button, the page is as it was left; its session is not.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) app.stop();
});

await app.loadCatalogue();
if (params.autostart) await app.useCamera();
