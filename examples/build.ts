/**
 * Builds an image of a folder, which it copies wherever it is told to; nothing of the image is an
 * archive in between. With a Nix store at hand, `deps` and `copyToRoot` take store paths too.
 *
 * Run it: `node examples/build.ts ./rootfs docker-archive:app.tar`
 */
import { argv } from "node:process";
import { build, copy, openSink, sourceOf } from "nixoci";

const [, , folder = "examples/build", destination = "docker-archive:app.tar"] = argv;

const built = await build({
  name: "app",
  copyToRoot: folder,
  config: { Cmd: ["/bin/app"], Env: ["MODE=fast"] },
});
for (const { digest, size } of built.plan.layers) console.log(`${digest}: ${size} bytes`);

// Names as dockerTools writes them: app:…, not docker.io/library/app:….
const { namesAsGiven } = built.traits;
const sink = await openSink(destination, { namesAsGiven });
try {
  const { images } = await copy(sourceOf(built), sink, { all: true });
  console.log(images[0]!.references.join(" "));
} finally {
  await sink[Symbol.asyncDispose]();
}
