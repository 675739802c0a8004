/** `nixoci layers [CLOSURE]` */
import { defineOptionalArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { layersFlags } from "./flags.ts";

export default defineVerb({
  summary: "Describe the layers of a closure, without an image",
  description: "Writes what nix2container's commands layers-from-reproducible-storepaths and " +
    "layers-from-non-reproducible-storepaths (with --tar-directory) write: layers.json, for " +
    "images (layers in a SPEC, or --layer) and other layers to stand on. CLOSURE is a file of exportReferencesGraph, nix path-info --json, " +
    "or closureInfo; without it the store's database says what --path refers to.",
  examples: [
    "nixoci layers graph.json --max-layers 10 -o layers.json",
    "nixoci layers graph.json --perms perms.json --rewrites rewrites.json --parent base.json",
    "nixoci layers --path /nix/store/… --tar-directory tars -o layers.json",
    "nixoci build spec.json --layer layers.json registry:localhost:5000/app",
  ],
  args: {
    closure: defineOptionalArg("A file that describes the closure", "file"),
  },
  flags: layersFlags,

  doing: ({ closure }) => `describe the layers of ${closure ?? "the closure"}`,
  async run({ closure }, flags, io) {
    const { makeLayers } = await import("./run.ts");
    const { text, layers } = await makeLayers(closure, flags, io.signal);
    if (flags.output === undefined) return io.write(text);
    io.print(
      layers.map(({ digest, size }) => ({ digest, size })),
      () => layers.map(({ digest }) => digest),
    );
  },
});
