import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { type Asked, LANGUAGES } from "../../../demo/src/images/snippets.js";

const ASKED: Asked = {
  prompts: [{ text: "cat" }],
  file: "photo.jpg",
  mediaType: "image/jpeg",
  server: "http://localhost:8000",
  needsKey: false,
};

function code(language: string, more: Partial<Asked> = {}): string {
  const one = LANGUAGES.find(({ name }) => name === language) ?? expect.fail(language);
  return one.write({ ...ASKED, ...more });
}

/** What the shell would send, with a curl that keeps it. */
function sent(command: string, files: Record<string, string>): { body: unknown; args: string } {
  const folder = mkdtempSync(join(tmpdir(), "rtseg-"));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const fake = `curl() { printf '%s\\n' "$@" > args; cat > body; }\n${command}\n`;
    const env = { PATH: process.env["PATH"] ?? "", RTSEG_API_KEY: "k1" };
    execFileSync("bash", ["--norc", "-c", fake], { cwd: folder, env });
    const body: unknown = JSON.parse(readFileSync(join(folder, "body"), "utf8"));
    return { body, args: readFileSync(join(folder, "args"), "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the question as code", () => {
  it("for curl is what the shell sends", () => {
    const { body, args } = sent(code("curl"), { "photo.jpg": "bytes" });
    expect(body).toEqual({ image_url: "data:image/jpeg;base64,Ynl0ZXM=", object: "cat" });
    expect(args).toContain("http://localhost:8000/v1/segment");
    expect(args).not.toContain("Authorization");
  });

  it("survives whatever words and file names are made of", () => {
    const text = `a "cat" \\ $HOME \`id\` $(id) ’s`;
    const file = "it's $HOME.jpg";
    const { body } = sent(code("curl", { prompts: [{ text }], file }), { [file]: "x" });
    expect(body).toEqual({ image_url: "data:image/jpeg;base64,eA==", object: text });
  });

  it("takes the key from the environment", () => {
    const { args } = sent(code("curl", { needsKey: true }), { "photo.jpg": "x" });
    expect(args).toContain("Authorization: Bearer k1");
    expect(code("Python", { needsKey: true })).toContain(`os.environ["RTSEG_API_KEY"]`);
  });

  it("for Python is Moondream's client where that can ask it", () => {
    expect(code("Python")).toContain(`model.segment(Image.open("photo.jpg"), "cat")`);
    const prompts = [{ text: "cat", points: [{ x: 0.123456, y: 0.5, frame: 7 }] }];
    expect(code("Python", { prompts })).toContain("spatial_refs=[[0.1235,0.5]]");
  });

  it("and the plain request where it cannot", () => {
    const prompts = [
      {
        points: [
          { x: 0.5, y: 0.5 },
          { x: 0.1, y: 0.1, positive: false },
        ],
      },
    ];
    const python = code("Python", { prompts });
    expect(python).toContain(`"positive": False`);
    expect(python).toContain("httpx.post");
    expect(
      execFileSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], {
        input: python,
      }),
    ).toBeTruthy();
  });

  it("for JavaScript asks the library", () => {
    expect(code("JavaScript")).toContain(`segmentImage(file, {"object":"cat"}, options)`);
  });
});
