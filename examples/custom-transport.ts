/**
 * A transport of one's own: a place to put images, in thirty lines. This one prints a table of
 * what an image consists of, and keeps nothing.
 *
 * Run it: `node examples/custom-transport.ts oci-dir:examples/hello`
 */
import { argv } from "node:process";
import { copy, openSource, type Sink, type Transport } from "nixoci";

/** `table:` prints each blob that it is given, verified, as a line. */
const table: Transport = {
  scheme: "table",
  sink(): Promise<Sink> {
    return Promise.resolve({
      traits: { parallel: 1 },
      has: () => Promise.resolve(false),
      async put({ content }) {
        let bytes = 0;
        for await (const chunk of content.open()) bytes += chunk.length; // throws if it is corrupt
        const { digest, mediaType } = content.descriptor;
        console.log(`${digest.slice(0, 19)}  ${String(bytes).padStart(8)}  ${mediaType}`);
      },
      commit: (images) => Promise.resolve(images.map(({ root }) => root.manifest.descriptor)),
      async [Symbol.asyncDispose]() {},
    });
  },
};

const source = await openSource(argv[2] ?? "oci-dir:examples/hello");
const sink = await table.sink!({ scheme: "table", location: "", text: "table:" });
try {
  await copy(source, sink);
} finally {
  await sink[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
}
