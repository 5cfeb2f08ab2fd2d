/** A still life to try the page on. Drawn here: nobody's recording, and no file to load. */

export const SAMPLE_SIZE = { width: 1280, height: 960 } as const;

export interface Thing {
  readonly name: string;
  readonly outline: Path2D;
}

const PEAR = new Path2D(
  "M596 300C640 296 664 326 668 366C672 420 716 452 742 512C782 606 738 704 600 706C462 704 420 604 456 510C480 450 520 424 526 368C530 326 552 300 596 300Z",
);
const MUG = new Path2D(
  "M846 430H1082Q1090 430 1090 440L1076 664Q1072 706 1030 708H902Q860 706 856 664L838 440Q838 430 846 430Z",
);
const HANDLE = new Path2D(
  "M1082 474C1150 458 1196 498 1188 560C1180 622 1130 650 1072 640L1075 604C1112 610 1146 592 1150 552C1154 514 1128 500 1080 512Z",
);
const ORANGE = new Path2D("M268 470A122 122 0 1 1 267 470Z");

/** In the picture's pixels. */
export const THINGS: readonly Thing[] = [
  { name: "pear", outline: PEAR },
  { name: "mug", outline: joined(MUG, HANDLE) },
  { name: "orange", outline: ORANGE },
];

/** The picture as a file. */
export function sample(): Promise<Blob> {
  const canvas = new OffscreenCanvas(SAMPLE_SIZE.width, SAMPLE_SIZE.height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no canvas");
  paintStillLife(context);
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.93 });
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export function paintStillLife(context: Context): void {
  const { width, height } = SAMPLE_SIZE;
  const wall = context.createLinearGradient(0, 0, width, 620);
  wall.addColorStop(0, "#e9e2d2");
  wall.addColorStop(1, "#cfc5b0");
  context.fillStyle = wall;
  context.fillRect(0, 0, width, height);
  const table = context.createLinearGradient(0, 610, 0, height);
  table.addColorStop(0, "#7d5a43");
  table.addColorStop(1, "#5d3f2e");
  context.fillStyle = table;
  context.fillRect(0, 610, width, height - 610);

  for (const [x, y, reach] of [
    [620, 704, 190],
    [1000, 706, 190],
    [290, 710, 150],
  ] as const) {
    shadow(context, x, y, reach);
  }
  paintMug(context);
  round(context, ORANGE, [226, 540, 20, 268, 592, 150], ["#ffc062", "#f28a1c", "#c45a08"]);
  context.fillStyle = "#6d7f2c";
  context.beginPath();
  context.ellipse(262, 480, 15, 7, 0.2, 0, 2 * Math.PI);
  context.fill();
  round(context, PEAR, [540, 520, 30, 610, 540, 250], ["#dfe66a", "#a9c03a", "#6f8a24"]);
  context.strokeStyle = "#4a3420";
  context.lineWidth = 13;
  context.lineCap = "round";
  context.stroke(new Path2D("M597 304C594 272 604 250 622 232"));
}

function paintMug(context: Context): void {
  context.fillStyle = "#1f4f8f";
  context.fill(HANDLE);
  const glaze = context.createLinearGradient(838, 0, 1090, 0);
  glaze.addColorStop(0, "#3a78c4");
  glaze.addColorStop(0.35, "#2c66b0");
  glaze.addColorStop(1, "#153a70");
  context.fillStyle = glaze;
  context.fill(MUG);
  context.fillStyle = "#123058";
  context.beginPath();
  context.ellipse(964, 434, 124, 17, 0, 0, 2 * Math.PI);
  context.fill();
  context.strokeStyle = "#6a9edb";
  context.lineWidth = 5;
  context.stroke();
}

function round(
  context: Context,
  outline: Path2D,
  light: readonly [number, number, number, number, number, number],
  [bright, middle, dark]: readonly [string, string, string],
): void {
  const shade = context.createRadialGradient(...light);
  shade.addColorStop(0, bright);
  shade.addColorStop(0.55, middle);
  shade.addColorStop(1, dark);
  context.fillStyle = shade;
  context.fill(outline);
}

function shadow(context: Context, x: number, y: number, reach: number): void {
  context.save();
  context.translate(x + 26, y);
  context.scale(1, 0.16);
  const soft = context.createRadialGradient(0, 0, 0, 0, 0, reach);
  soft.addColorStop(0, "rgb(20 10 4 / 60%)");
  soft.addColorStop(1, "rgb(20 10 4 / 0%)");
  context.fillStyle = soft;
  context.fillRect(-reach, -reach, 2 * reach, 2 * reach);
  context.restore();
}

function joined(...paths: Path2D[]): Path2D {
  const all = new Path2D();
  for (const path of paths) all.addPath(path);
  return all;
}
