/**
 * Copies an image between any two places, as `nixoci copy` does.
 *
 * Run it: `node examples/copy.ts oci-dir:examples/hello docker-archive:hello.tar:hello:latest`
 */
import { argv } from "node:process";
import { copy, openSink, openSource, platform } from "nixoci";

const [from = "oci-dir:examples/hello", to = "docker-archive:hello.tar:hello:latest"] = argv
  .slice(2);

const source = await openSource(from);
const sink = await openSink(to);
try {
  const { images, bytes } = await copy(source, sink, {
    steps: [platform()], // this machine's image, of an index
    onEvent: (event) => {
      if (event.type === "done") console.error(event.how, event.kind, event.descriptor.digest);
    },
  });
  console.log(`${images[0]!.descriptor.digest}: ${bytes} bytes moved`);
} finally {
  await sink[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
}
