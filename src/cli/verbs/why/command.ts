/** `nixoci why SOURCE PATH` */
import { boolean } from "@oclif/core/flags";
import { defineReferenceArg, defineRequiredArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { closureFlag, imageFlags } from "../../kit/flags.ts";

export default defineVerb({
  summary: "Say why a path is in an image: in which layer, and needed by what",
  description:
    "PATH is a path in the image, or the name of one of its store paths. Says through which links " +
    "it is reached, which layers have it, and for store paths the shortest chain of references " +
    "from what the config names. Where the image says what is in its layers, and a store here or " +
    "--closure knows those paths, no layer is read; else all are, and references are found in the " +
    "files, as Nix finds them.",
  examples: [
    "nixoci why oci-dir:images:app /usr/bin/app",
    "nixoci why --all registry:ghcr.io/org/app:1.4 /usr/lib/app.so",
    "nixoci why --closure closure.json nix:image.json /nix/store/…-bash-5.2/bin/bash",
  ],
  args: {
    source: defineReferenceArg("Where the image is, as scheme:location"),
    path: defineRequiredArg("A path in it, or a store path's name such as openssl or openssl-3.0"),
  },
  flags: {
    all: boolean<boolean>({ char: "a", summary: "Up to 20 chains of references, not one alone" }),
    closure: closureFlag,
    scan: boolean<boolean>({ summary: "Read the layers, whatever is known without" }),
    ...imageFlags,
  },
  reaches: "one place",

  doing: ({ source, path }) => `say why ${path} is in ${source}`,
  async run({ source, path }, flags, io) {
    const { findReason } = await import("./run.ts");
    const { formatReason } = await import("./lines.ts");
    const reason = await findReason(source, path, flags, io);
    io.print(reason, () => formatReason(reason));
  },
});
