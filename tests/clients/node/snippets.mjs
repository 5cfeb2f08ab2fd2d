// What Moondream's page shows for Node, with the address changed. Not a test: the tests run it.
//
//     node snippets.mjs http://localhost:8000/v1 photo.jpg cat '{"box": [0.1, 0.1, 0.6, 0.9]}'
//
// Standard output gets all results as JSON.

import { readFileSync } from "node:fs";

import { vl } from "moondream";

const [endpoint, imagePath, object, refs] = process.argv.slice(2);
const model = new vl({ endpoint });
const image = readFileSync(imagePath);
const results = {};

// The picture as the client sends it, so that others can send the same.
results.sent = (await model.encodeImage(image)).imageUrl;

results.word = await model.segment({ image, object });
const { point, box } = JSON.parse(refs ?? "{}");
if (point) results.point = await model.segment({ image, object, spatialRefs: [point] });
if (box) results.box = await model.segment({ image, object, spatialRefs: [box] });

const { stream } = await model.segment({ image, object, stream: true });
results.updates = [];
for await (const update of stream) results.updates.push(update);

results.detect = await model.detect({ image, object });
results.point_out = await model.point({ image, object });

console.log(JSON.stringify(results));
