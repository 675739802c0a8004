/** `nixoci run SOURCE DESTINATION -- COMMAND…` */
import { string } from "@oclif/core/args";
import { defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { runFlags } from "./flags.ts";

export default defineVerb({
  summary: "Run a command on an image, and store the image with what it changed",
  description:
    "As RUN of a Dockerfile: with the image's variables, user and folder, in namespaces of its " +
    "own, without an engine and without root. What it changed is one more layer; those below " +
    "stay, and do not move where the destination has them. The command sees the image, /dev, " +
    "/proc and /sys, and, read-only, this machine's Nix store where the image has none. Linux only.",
  examples: [
    "nixoci run --network registry:alpine oci-dir:images:curl -- apk add curl",
    "nixoci run --shell registry:debian daemon:app -- 'useradd -m app && chown -R app /srv'",
    "nixoci run oci-dir:images:app registry:localhost:5000/app -- /app/setup --once",
  ],
  args: {
    source: defineReferenceArg("Where the image is, as scheme:location"),
    destination: defineReferenceArg("Where it goes; an archive's path - is standard output"),
    command: {
      ...string({
        required: true,
        multiple: true,
        ignoreStdin: true,
        description: "The program and its arguments",
      }),
      takes: "command",
    },
  },
  flags: runFlags,
  reaches: "two places",
  takesImages: true,

  doing: ({ source }) => `run a command on ${source}`,
  async run({ source, destination, command }, flags, io) {
    const { runTo } = await import("./run.ts");
    await runTo({ source, destination, argv: command }, flags, io);
  },
});
