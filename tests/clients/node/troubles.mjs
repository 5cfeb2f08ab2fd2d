// How Moondream's client for Node lives with what goes wrong. Not a test: the tests run it.
//
//     node troubles.mjs http://localhost:8000/v1 photo.jpg WORD
//
// Standard output gets what came of it, one thing a line.

import { readFileSync } from "node:fs";

import { vl } from "moondream";

const [endpoint, imagePath, object] = process.argv.slice(2);
const model = new vl({ endpoint, apiKey: "a key that nobody checks" });
const image = readFileSync(imagePath);

try {
  console.log("plain", JSON.stringify(await model.segment({ image, object })));
} catch (error) {
  console.log("plain raised", error.message);
}
try {
  const { stream } = await model.segment({ image, object, stream: true });
  for await (const update of stream) console.log("update", Object.keys(update).sort().join(" "));
  console.log("ended");
} catch (error) {
  console.log("stream raised", error.message);
}
