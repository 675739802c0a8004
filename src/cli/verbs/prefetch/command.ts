/** `nixoci prefetch NAME [TAG|DIGEST]` */
import { string as stringArg } from "@oclif/core/args";
import { option, string } from "@oclif/core/flags";
import { verb } from "../../kit/command.ts";
import { deliveryFlags } from "../copy/delivery.ts";
import { registryFlags } from "../../kit/sides.ts";

export default verb({
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
    name: stringArg({ ignoreStdin: true, description: "The image in its registry" }),
    reference: stringArg({
      ignoreStdin: true,
      description: "Its tag or digest; latest by default",
    }),
  },
  flags: {
    os: string({ summary: "Of an index, the image for this system", default: "linux" }),
    arch: string({
      summary: "Of an index, the image for this architecture, in Go's names",
      default: "amd64",
    }),
    variant: string({ summary: "Of an index, the image for this variant of it, such as v7" }),
    "image-name": string({ summary: "The same as NAME", helpValue: "name" }),
    "image-tag": string({ summary: "The image's tag", helpValue: "tag" }),
    "image-digest": string({
      summary: "The image's digest, or an index's; its tag is then not asked for",
      helpValue: "sha256:…",
    }),
    "final-image-name": string({
      summary: "What the pulled image shall be called; NAME by default",
      helpValue: "name",
    }),
    "final-image-tag": string({
      summary: "The tag that it shall have; the image's, or latest",
      helpValue: "tag",
    }),
    for: option({ options: ["dockerTools", "nix2container"] as const })({
      summary: "Whose pullImage it is for",
      default: "dockerTools" as const,
    }),
    "hash-form": option({ options: ["hash", "sha256"] as const })({
      summary: "How the hash is written: hash = SRI, or sha256 = Nix's base 32, as older nixpkgs " +
        "print it; nix2container's attribute is always sha256",
      default: "hash" as const,
    }),
    tmpdir: deliveryFlags.tmpdir,
    progress: deliveryFlags.progress,
    ...registryFlags,
  },

  doing: ({ name = "the image" }) => `prefetch ${name}`,
  async run(words, flags, io) {
    const { prefetchAs, prefetchTask } = await import("./run.ts");
    const attributes = await prefetchAs(prefetchTask(words, flags), flags, io);
    io.print(attributes.json, () => attributes.lines);
  },
});
