/** What is in the way, in plain words, with what can be done about it. */

import type { Problem, SessionState } from "rtseg";

import { advice, type Advice } from "./ailing.js";
import type { App } from "./app.js";
import { copyText } from "./clipboard.js";
import { element, mark, write } from "./element.js";
import { keyForm } from "./key.js";
import type { State, Store } from "./store.js";
import { notice, sentence, type Way } from "./words.js";

/** What a page can do about it. */
export interface Ways {
  readonly does: Partial<Record<Way, { readonly text: string; readonly click: () => void }>>;
  /** An API key was given. */
  readonly useKey: () => void;
}

/** What the live page can do about it. */
export function liveWays(app: App, pickFile: () => void): Ways {
  const again = () => {
    app.retry();
  };
  return {
    does: {
      again: { text: "Try again", click: again },
      camera: { text: "Try the camera again", click: () => void app.useCamera() },
      file: { text: "Pick a video file", click: pickFile },
    },
    useKey: () => {
      app.useKey();
    },
  };
}

export function noticeCard(problem: Problem, { does, useKey }: Ways): HTMLElement {
  const { title, body, command, actions, wantsKey = false } = notice(problem);
  const buttons = actions.flatMap((action) => {
    const way = does[action];
    if (way === undefined) return [];
    return element("button", { class: "button small", type: "button", click: way.click }, way.text);
  });
  return element(
    "div",
    { class: "notice", "data-code": problem.code },
    element("h2", {}, title),
    element("p", {}, body),
    ...(command === undefined ? [] : [commandLine(command)]),
    ...(wantsKey ? [keyForm(useKey)] : []),
    element("div", { class: "notice-actions" }, ...buttons),
  );
}

export function commandLine(command: string): HTMLElement {
  const copy = element("button", { class: "copy", type: "button" }, "Copy");
  copy.addEventListener("click", () => {
    copyText(command).then(
      () => {
        write(copy, "Copied");
      },
      () => {
        write(copy, "Select it");
      },
    );
  });
  return element("div", { class: "command" }, element("code", {}, command), copy);
}

/** The layer above the stage that says how it goes: a card, a strip, or nothing. */
export function stageNotices(store: Store, app: App, ways: Ways): HTMLElement {
  const card = element("div", { class: "stage-card", role: "alert" });
  const strip = element("div", { class: "strip", role: "status" });
  const words = element("span");
  const again = element(
    "button",
    {
      class: "link",
      type: "button",
      click: () => {
        app.retry();
      },
    },
    "Try now",
  );
  const help = element("button", {
    class: "link",
    type: "button",
    click: () => {
      const { wishes } = adviceIn(store.get())?.help ?? {};
      if (wishes !== undefined) void app.resize(wishes);
    },
  });
  strip.append(element("i", { class: "pulse", "aria-hidden": "true" }), words, again, help);

  let shown: string | null = null;
  let waitsFor: Problem | null = null;
  let countdown: ReturnType<typeof setInterval> | undefined;
  store.watch((state) => {
    // While it is tried again the card stays: it may be read, and its command be selected.
    const isAgain = state.session.kind === "connecting" && state.session.attempt > 1;
    const problem = isAgain ? waitsFor : blocking(state.session);
    waitsFor = state.session.kind === "failed" ? null : problem;
    const key = problem === null ? null : problem.code + problem.message;
    if (key !== shown) {
      shown = key;
      card.replaceChildren(...(problem === null ? [] : [noticeCard(problem, ways)]));
    }
    clearInterval(countdown);
    const say = () => {
      write(words, stripText(store.get()) ?? "");
    };
    say();
    strip.hidden = problem !== null || stripText(state) === null;
    again.hidden = state.session.kind !== "reconnecting";
    const helps = adviceIn(state)?.help;
    help.hidden = helps === undefined;
    if (helps !== undefined) write(help, helps.text);
    mark(strip, "data-kind", state.ailment === null ? state.session.kind : "ailing");
    if (state.session.kind === "reconnecting") countdown = setInterval(say, 500);
  });
  return element("div", { class: "stage-notices" }, strip, card);
}

/** What nobody should have to read in a strip; the rest mends itself in a moment. */
function blocking(session: SessionState): Problem | null {
  if (session.kind === "failed") return { code: session.code, message: session.message };
  const isSlow =
    session.kind === "reconnecting" &&
    ["model_missing", "too_many_sessions", "no_media"].includes(session.reason.code);
  return isSlow ? session.reason : null;
}

/** What is said of a session that runs, where nothing else is said. */
function adviceIn({ session, remark, isPaused, ailment, given }: State): Advice | null {
  const isQuiet = session.kind === "live" && remark === null && !isPaused;
  return isQuiet && ailment !== null ? advice(ailment, given) : null;
}

function stripText(state: State): string | null {
  const { session, isPaused, isEmpty, remark, list, active } = state;
  switch (session.kind) {
    case "connecting":
      return session.attempt === 1 ? "Connecting…" : "Reconnecting…";
    case "reconnecting": {
      const seconds = Math.ceil((session.retryAt - performance.now()) / 1000);
      return `${sentence(session.reason.message)} Reconnecting ${seconds > 0 ? `in ${seconds} s` : "now"}.`;
    }
    case "live":
      if (remark !== null) return remark.message;
      if (isPaused) return "Paused. Your camera’s picture stays here.";
      if (list.prompts.length === 0 && active.length === 0) {
        return "Say what to outline, or touch it.";
      }
      if (state.ailment !== null) return adviceIn(state)?.text ?? null;
      return isEmpty ? emptyText(list.prompts.flatMap(({ text }) => (text ? [text] : []))) : null;
    case "idle":
    case "failed":
    case "closed":
      return null;
  }
}

/** What was touched says on its chip that it is away. */
function emptyText(wanted: readonly string[]): string | null {
  if (wanted.length === 0) return null;
  if (wanted.length === 1 && wanted[0] === "person") {
    return "No person in view. Head and shoulders are enough.";
  }
  return `No ${wanted.join(" or ")} in view. Outlines come as soon as there is one.`;
}
