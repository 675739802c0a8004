/** `nixoci pull NAME` */
import { file, string } from "@oclif/core/flags";
import { verb } from "../../kit/command.ts";
import { deliveryFlags } from "../copy/delivery.ts";
import { registriesConfFlag, requiredArg } from "../../kit/flags.ts";
import { bothSidesFlags } from "../../kit/sides.ts";

export default verb({
  summary: "Fetch the image that a digest names, as a fixed output for Nix",
  description:
    "Writes an uncompressed archive that `docker load` and dockerTools take. Its bytes depend on " +
    "nothing but the digest and the flags, and are those that skopeo and dockerTools.pullImage " +
    "write. No tag is ever asked. Prints the image's digest.",
  examples: [
    "nixoci pull alpine --digest sha256:4b7c… -o alpine.tar",
    "nixoci pull quay.io/org/app@sha256:4b7c… --arch arm64 --hash sha256-… -o app.tar",
    "nixoci pull alpine@sha256:4b7c… --to oci-dir:images:alpine",
  ],
  args: { name: requiredArg("The image in its registry, with or without @DIGEST") },
  flags: {
    digest: string({
      summary: "The digest of the image, or of an index that has it",
      helpValue: "sha256:…",
    }),
    output: file({
      char: "o",
      summary: "Write the archive to this file; - is standard output",
      helpValue: "file",
    }),
    to: string({
      summary: "Put the image there instead, as scheme:location",
      helpValue: "destination",
      exclusive: ["output", "hash", "final-image-name", "final-image-tag"],
    }),
    os: string({ summary: "Of an index, the image for this system", default: "linux" }),
    arch: string({
      summary: "Of an index, the image for this architecture, in Go's names; the host's by default",
    }),
    variant: string({ summary: "Of an index, the image for this variant of it, such as v7" }),
    "final-image-name": string({
      summary: "What the archive calls the image; NAME by default",
      helpValue: "name",
    }),
    "final-image-tag": string({
      summary: "The tag that it has there; NAME's, or latest",
      helpValue: "tag",
    }),
    hash: string({
      summary: "Fail unless the file has this SHA-256 (or 512): SRI, base 16 or Nix's base 32",
      helpValue: "hash",
    }),
    jobs: deliveryFlags.jobs,
    tmpdir: deliveryFlags.tmpdir,
    progress: deliveryFlags.progress,
    ...bothSidesFlags,
    "registries-conf": registriesConfFlag,
  },

  doing: ({ name }) => `pull ${name}`,
  async run({ name }, flags, io) {
    const { pullAs, pullTask } = await import("./run.ts");
    const task = pullTask(name, flags);
    // Until all of it is written, it is not: main.ts leaves a reader that goes away to the work.
    if (task.toStdout) process.exitCode = 1;
    const pulled = await pullAs(task, flags, io);
    if (!task.toStdout) io.print(pulled, () => [pulled.imageDigest]);
  },
});
