/** The package as npm packs it, in a project of somebody else, without a network. */

import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

import type * as rtseg from "rtseg";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const web = fileURLToPath(new URL("..", import.meta.url));
const tsc = join(web, "node_modules/typescript/bin/tsc");

/** What a page does with the library, and one thing that its types must refuse. */
const MAIN = `import { connect, createOverlay, Decoder, type FrameMessage, openCamera } from "rtseg";

const video = document.querySelector("video");
const canvas = document.querySelector("canvas");
if (video === null || canvas === null) throw new Error("no video");
const camera = await openCamera();
const overlay = createOverlay(video, canvas, { mirrored: true });
overlay.follow(connect({ stream: camera.stream, prompts: [{ text: "person" }] }));
const message = new Decoder().decode(Uint8Array.of(1, 1));
const frame: FrameMessage | null = message.kind === "frame" ? message : null;
console.log(frame?.objects.map(({ trackId }) => trackId));
// @ts-expect-error There is no such effect.
overlay.set({ effect: "sparkle" });
export {};
`;

function configuration(module: string, moduleResolution: string): string {
  const lib = ["ES2023", "DOM"];
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
  const options = { ...strict, module, moduleResolution, target: "ES2022", lib, types: [] };
  // The library's own declarations are checked too.
  return JSON.stringify({
    compilerOptions: { ...options, noEmit: true, skipLibCheck: false, skipDefaultLibCheck: true },
    files: ["main.ts"],
  });
}

describe("the package", () => {
  let project = "";
  let installed = "";

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), "rtseg-package-"));
    const quiet = ["--silent", "--offline", "--no-audit", "--no-fund"];
    await run("npm", ["pack", ...quiet, "--pack-destination", project], { cwd: web });
    const [tarball = ""] = (await readdir(project)).filter((name) => name.endsWith(".tgz"));
    await writeFile(join(project, "package.json"), '{ "private": true, "type": "module" }');
    await run("npm", ["install", ...quiet, `./${tarball}`], { cwd: project });
    await writeFile(join(project, "main.ts"), MAIN);
    installed = join(project, "node_modules/rtseg");
  }, 180_000);

  afterAll(() => rm(project, { recursive: true, force: true }));

  it("holds the modules, their types, and what one has to read", async () => {
    const { files, dependencies } = await contents(installed);
    expect(files).toContain("LICENSE");
    expect(files).toContain("README.md");
    expect(
      files.filter((name) => !/^(dist\/.*\.(js|d\.ts)|[A-Z]+(\.md)?|package\.json)$/.test(name)),
    ).toEqual([]);
    expect(
      files.filter((name) => name.endsWith(".js")).map((name) => name.replace(/js$/, "d.ts")),
    ).toEqual(files.filter((name) => name.endsWith(".d.ts")));
    expect(dependencies).toBeUndefined();
    const root = new URL("../../LICENSE", import.meta.url);
    expect(await readFile(join(installed, "LICENSE"), "utf8")).toBe(await readFile(root, "utf8"));
  });

  it.each([
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])(
    "has types for %s modules, found as %s does",
    async (module, resolution) => {
      const file = join(project, `tsconfig.${resolution}.json`);
      await writeFile(file, configuration(module, resolution));
      const { stdout } = await run(process.execPath, [tsc, "-p", file]).catch(
        (error: unknown) => error as { stdout: string },
      );
      expect(stdout).toBe("");
    },
    60_000,
  );

  it("can be bundled, and leaves out what nobody uses", async () => {
    await writeFile(join(project, "small.ts"), 'export { colourOf } from "rtseg";');
    const sizes = ["main.ts", "small.ts"].map(async (entry) => {
      const output = await build({
        root: project,
        configFile: false,
        logLevel: "error",
        build: { write: false, lib: { entry: join(project, entry), formats: ["es"] } },
      });
      const [made] = Array.isArray(output) ? output : [];
      const [chunk] = made?.output ?? [];
      expect(chunk?.type === "chunk" ? chunk.imports : ["?"]).toEqual([]);
      return chunk?.type === "chunk" ? chunk.code.length : NaN;
    });
    const [whole = 0, small = 0] = await Promise.all(sizes);
    expect(whole).toBeGreaterThan(20_000);
    expect(small).toBeLessThan(2000);
  }, 180_000);

  it("runs as it is, where there is no bundler and no page", async () => {
    const { files } = await contents(installed);
    for (const name of files.filter((one) => one.endsWith(".js"))) {
      const text = await readFile(join(installed, name), "utf8");
      for (const [, from = ""] of text.matchAll(/(?:from|import)\s*\(?"([^"]+)"/g)) {
        // A browser finds no other.
        expect(from, name).toMatch(/^\.\.?\/.*\.js$/);
      }
    }
    const entry = pathToFileURL(join(installed, "dist/index.js")).href;
    const { Decoder, OutlineMotion } = (await import(/* @vite-ignore */ entry)) as typeof rtseg;
    const frame = new Decoder().decode(Uint8Array.of(1, 0, 0, 0, 0, 7, 2, 2));
    expect(frame).toMatchObject({ kind: "frame", frameId: 7, width: 2, height: 2 });
    expect(new OutlineMotion().at(0)).toEqual([]);
  });
});

describe("the documentation", () => {
  it("shows the example as the server does", async () => {
    const readme = await readFile(join(web, "README.md"), "utf8");
    const example = await readFile(join(web, "demo/public/example.html"), "utf8");
    expect(readme).toContain("```html\n" + example + "```\n");
    const [, script = ""] = /<script type="module">\n([\s\S]*)<\/script>/.exec(example) ?? [];
    expect(script.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(10);
  });
});

interface Contents {
  readonly files: string[];
  readonly dependencies: unknown;
}

async function contents(folder: string): Promise<Contents> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  const { dependencies } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
    dependencies?: unknown;
  };
  return { files, dependencies };
}
