/** `nixoci pull NAME` */
import { defineRequiredArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { pullFlags } from "./flags.ts";

export default defineVerb({
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
  args: { name: defineRequiredArg("The image in its registry, with or without @DIGEST") },
  flags: pullFlags,
  reaches: "two places",
  takesImages: true,
  doing: ({ name }) => `pull ${name}`,
  async run({ name }, flags, io) {
    const { readPullTask } = await import("./task.ts");
    const { pullAs } = await import("./run.ts");
    const task = readPullTask(name, flags);
    if (task.toStdout) io.claimOutput();
    const pulled = await pullAs(task, flags, io);
    io.print(pulled, () => [pulled.imageDigest]);
  },
});
