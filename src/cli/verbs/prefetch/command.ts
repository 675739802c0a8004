/** `nixoci prefetch NAME [TAG|DIGEST]` */
import { defineOptionalArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { prefetchFlags } from "./flags.ts";

export default defineVerb({
  summary: "Print what pullImage needs: an image's digest and its hash in Nix",
  description:
    "As nix-prefetch-docker does, but without Nix, without skopeo, and with nothing written to " +
    "disk. The attributes are for dockerTools.pullImage, or with --for for nix2container's. The " +
    "digest is that of the image for the platform, so that the index may grow.",
  examples: [
    "nixoci prefetch nixos/nix 2.19.3",
    "nixoci prefetch --image-name quay.io/org/app --image-tag 1.0 --arch arm64 --json",
    "nixoci prefetch alpine --for nix2container",
  ],
  args: {
    name: defineOptionalArg("The image in its registry"),
    reference: defineOptionalArg("Its tag or digest; latest by default"),
  },
  flags: prefetchFlags,
  reaches: "registries",
  takesImages: true,
  doing: ({ name = "the image" }) => `prefetch ${name}`,
  async run(words, flags, io) {
    const { readPrefetchTask } = await import("./task.ts");
    const { prefetchAs } = await import("./run.ts");
    const attributes = await prefetchAs(readPrefetchTask(words, flags), flags, io);
    io.print(attributes.json, () => attributes.lines);
  },
});
