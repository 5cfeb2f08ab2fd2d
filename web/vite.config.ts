import { copyFile, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build, defineConfig, type Plugin } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));
const page = resolve(here, "../rtseg/server/page");

/** The server's /docs loads these two from here, so that it works without the internet. */
function docsAssets(): Plugin {
  return {
    name: "docs-assets",
    apply: "build",
    async closeBundle() {
      const from = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
      const to = join(page, "docs-assets");
      await mkdir(to, { recursive: true });
      for (const name of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
        await copyFile(join(from, name), join(to, name));
      }
    },
  };
}

/** A module that imports nothing, beside the pages: `entry` and all that it needs. */
function module(entry: string, name: string): Plugin {
  return {
    name,
    apply: "build",
    async closeBundle() {
      await build({
        configFile: false,
        logLevel: "warn",
        build: {
          outDir: dirname(join(page, name)),
          emptyOutDir: false,
          target: "es2022",
          lib: { entry: join(here, entry), formats: ["es"], fileName: basename(name, ".js") },
        },
      });
    },
  };
}

/** The server shows the second page at /images; so does `npm run dev`. */
function imagesAddress(): Plugin {
  return {
    name: "images-address",
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        if (request.url !== undefined)
          request.url = request.url.replace(/^\/images(?=$|\?)/, "$&.html");
        next();
      });
    },
  };
}

export default defineConfig({
  root: join(here, "demo"),
  // Relative addresses: the page also works behind a proxy that serves it below a path.
  base: "./",
  resolve: { alias: { rtseg: join(here, "src/index.ts") } },
  plugins: [
    docsAssets(),
    // What `rtseg bench decode` runs in Node and in a page.
    module("bench/index.ts", "bench/decode.js"),
    // What benchmarks/motion.py runs in Node.
    module("bench/motion.ts", "bench/motion.js"),
    // The library, for pages that have no build of their own.
    module("src/index.ts", "rtseg.js"),
    imagesAddress(),
  ],
  build: {
    outDir: page,
    emptyOutDir: true,
    target: "es2022",
    rollupOptions: {
      input: { index: join(here, "demo/index.html"), images: join(here, "demo/images.html") },
    },
    // A data: address in a stylesheet is one more thing that a content policy must allow.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: {
    // `npm run dev` shows the page from source against a server that runs on its usual port.
    proxy: { "/v1": { target: "http://127.0.0.1:8000", ws: true } },
  },
});
