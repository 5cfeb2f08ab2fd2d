/** The browser side of rtseg. Everything that is public is named here; nothing else is. */

export { createOverlay, Overlay } from "./dom/overlay.js";
export type { Paint } from "./dom/telling.js";
export type { OverlayOptions } from "./dom/options.js";
export type { Picture } from "./dom/pictures.js";
export type { Background, Effect, Named, Naming, UncertainStyle } from "./dom/scene.js";
export { CaptureError, type CaptureErrorCode, type Composition } from "./dom/compose.js";
export {
  type Clip,
  record,
  type Recording,
  type RecordingOptions,
  type RecordingProgress,
  type WhyEnded,
} from "./dom/recording.js";
export { snapshot } from "./dom/snapshot.js";
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
  dataUri,
  type Download,
  ImageClient,
  type ImageClientOptions,
  type ImageProgress,
  segmentImage,
} from "./dom/images.js";
export {
  CameraError,
  type CameraErrorCode,
  type CameraWishes,
  type Facing,
  type Given,
  listCameras,
  openCamera,
  openFile,
  type Source,
} from "./dom/camera.js";

export type { Catalogue, Model, Problem } from "./core/api.js";
export { CaptureClock, ntpToUnixMs } from "./core/clock.js";
export { traceRounded } from "./core/curve.js";
export { WireError } from "./core/errors.js";
export {
  edit,
  type Edit,
  NO_PROMPTS,
  normalised,
  phrasesIn,
  type PromptList,
} from "./core/editing.js";
export {
  boxToPicture,
  type Fit,
  pictureToBox,
  place,
  type Placement,
  type View,
} from "./core/fit.js";
export { boxOf, distanceTo, objectAt, type OutlinedFrame } from "./core/hit.js";
export { ApiError } from "./core/json.js";
export { Meter } from "./core/meter.js";
export { OutlineMotion } from "./core/motion.js";
export {
  area,
  bleed,
  bounds,
  type Box,
  contains,
  type CurveSink,
  type PathSink,
  type Ring,
  type Size,
  toSvgPath,
  trace,
} from "./core/path.js";
export type { Presentation, Showing, ShownShape, WhyLive } from "./core/presentation.js";
export {
  type ActivePrompt,
  isTouch,
  type NamedPrompt,
  type Point,
  type Prompt,
  type PromptBox,
  withoutFrames,
} from "./core/prompt.js";
export {
  type Instance,
  requestOf,
  segmentBody,
  type Segmentation,
  type SegmentRequest,
} from "./core/segment.js";
export { settling, type Settling } from "./core/settle.js";
export {
  type BezierSink,
  drawPath,
  parsePath,
  ringsOf,
  type Step,
  traceSteps,
} from "./core/svgpath.js";
export { type Meaning, meaningOf, promptAt, type Situation, type Touch } from "./core/touch.js";
export {
  type AckMessage,
  type ClockMessage,
  Decoder,
  type FrameMessage,
  type FrameTiming,
  type LateMessage,
  type Message,
  type Outline,
  type OutlineRing,
  type Stage,
  type StaleMessage,
  type Standing,
  type TrackState,
  type UnknownMessage,
  type WireRing,
} from "./core/wire.js";
