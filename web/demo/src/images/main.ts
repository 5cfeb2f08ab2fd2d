import "../../styles/base.css";
import "../../styles/welcome.css";
import "../../styles/stage.css";
import "../../styles/dock.css";
import "../../styles/notices.css";
import "../../styles/shortcuts.css";
import "../../styles/prompts.css";
import "../../styles/images/page.css";
import "../../styles/images/panel.css";
import "../../styles/images/results.css";
import "../../styles/images/downloads.css";
import "../../styles/images/intake.css";
import "../../styles/images/welcome.css";

import { phrasesIn } from "rtseg";

import { chips } from "../chips.js";
import { element, mark } from "../element.js";
import { handsOn } from "../hands.js";
import { keyboard } from "../keyboard.js";
import { listOf } from "../prompting.js";
import { refusalCard } from "../refusal.js";
import { createStore } from "../store.js";
import { TOUCH_WORDS } from "../words.js";
import { ImageApp } from "./app.js";
import { Board } from "./board.js";
import { dock } from "./dock.js";
import { takeFiles } from "./intake.js";
import { boardNotices, imageWays, keepTime } from "./notices.js";
import { head, panel } from "./panel.js";
import { IMAGE_START } from "./state.js";
import { welcome } from "./welcome.js";
import { chipLook } from "./words.js";
import { zoomOn } from "./zoom.js";

const asked = phrasesIn(new URLSearchParams(location.search).get("prompts") ?? "");
const store = createStore({ ...IMAGE_START, list: listOf(asked.map((text) => ({ text }))) });
const app = new ImageApp(store);
const board = new Board(store, TOUCH_WORDS.picture);
const pickFile = takeFiles(app);
const ways = imageWays(app, pickFile);
const removeSelected = () => {
  const { selected } = store.get();
  if (selected !== null) app.prompting.remove(selected);
};
const zoom = (factor: number) => () => {
  board.zoomBy(factor);
};

const stage = element(
  "div",
  { class: "image-stage" },
  element(
    "div",
    { class: "image-left" },
    board.root,
    head(store),
    boardNotices(store, ways),
    refusalCard(store),
    chips(store, app.prompting, chipLook),
    dock(store, app, board, pickFile),
  ),
  panel(store, app),
);
document.querySelector("#app")?.append(
  stage,
  welcome(store, app, ways, pickFile),
  keyboard({
    list: [
      ["/", "Say what to outline"],
      ["Click, Enter", "Outline it; on the selected thing: this too"],
      ["Shift", "with either: this does not belong"],
      ["Drag", "Outline what is in the box"],
      ["Delete, Esc", "Remove the selected thing"],
      ["Ctrl Z", "Undo; with Shift, redo"],
      ["Wheel, + −", "Larger, smaller; 0: all of it"],
      ["Space", "held: drag the picture"],
      ["O", "Another picture"],
      ["Ctrl V", "Paste a picture"],
      ["Q", "Put the picture away"],
      ["?", "This list"],
    ],
    actions: {
      "/": () => {
        document.querySelector<HTMLInputElement>("#ask")?.focus();
      },
      "+": zoom(1.5),
      "=": zoom(1.5),
      "-": zoom(1 / 1.5),
      "0": () => {
        board.fit();
      },
      o: pickFile,
      q: () => {
        app.leave();
      },
      Escape: removeSelected,
      Delete: removeSelected,
      Backspace: removeSelected,
    },
    history: (kind) => {
      app.prompting.change({ kind });
    },
    isOn: () => store.get().screen === "stage",
  }),
);

zoomOn(board);
const feedback = handsOn(board.glass, store, board, app.toucher(board));
board.onMove(() => {
  feedback.place();
});
store.watch(({ screen, outcomes }, before) => {
  stage.inert = screen !== "stage";
  mark(stage, "data-shown", screen === "stage");
  if (outcomes === before?.outcomes) return;
  const sought = [...outcomes].filter(([, { kind }]) => kind === "looking" || kind === "queued");
  feedback.awaiting(new Set(sought.map(([id]) => id)));
});
keepTime(store);
await app.loadCatalogue();
