/** The browser side of rtseg. Everything that is public is named here; nothing else is. */

export { createOverlay, Overlay, type OverlayOptions, type Paint } from "./dom/overlay.js";
export type { Background, Effect } from "./dom/effects.js";
export { colourOf } from "./dom/palette.js";
export {
  connect,
  Session,
  type SessionEvent,
  type SessionOptions,
  type SessionState,
} from "./dom/session.js";
export { fetchModels, ServerError } from "./dom/http.js";
export {
  CameraError,
  type CameraErrorCode,
  type CameraWishes,
  listCameras,
  openCamera,
  openFile,
  type Source,
} from "./dom/camera.js";

export type { ActivePrompt, Catalogue, Model, Problem, Prompt } from "./core/api.js";
export { CaptureClock, ntpToUnixMs } from "./core/clock.js";
export { WireError } from "./core/errors.js";
export { type Fit, place, type Placement } from "./core/fit.js";
export { Meter } from "./core/meter.js";
export {
  area,
  bleed,
  bounds,
  type Box,
  contains,
  type CurveSink,
  type PathSink,
  type Ring,
  toSvgPath,
  trace,
  traceRounded,
} from "./core/path.js";
export {
  type ClockMessage,
  Decoder,
  type FrameMessage,
  type FrameTiming,
  type Message,
  type Outline,
  type UnknownMessage,
  type WireRing,
} from "./core/wire.js";
