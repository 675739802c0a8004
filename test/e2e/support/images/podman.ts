/** `podman build` by its service, saved as Podman saves: every layer also a link in the archive. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../command.ts";
import { COMMAND, type Maker, MESSAGE } from "./sample.ts";
import { writeBase } from "./tree.ts";

const CONTAINERFILE = `FROM scratch
COPY base /
COPY Containerfile /removed/
ENV LANG=C.UTF-8
CMD ${JSON.stringify(COMMAND)}
`;

export const podman: Maker = {
  name: "podman",
  kind: "image",
  needs: ["podman", "busybox"],
  async make({ folder, env, host }) {
    await writeBase(join(folder, "base"), MESSAGE);
    await writeFile(join(folder, "Containerfile"), CONTAINERFILE);
    const name = "localhost/sample:podman";
    const podman = ["podman", "--url", host];
    await run([...podman, "build", "--tag", name, folder], { env });
    const archive = join(folder, "saved.tar");
    await run([...podman, "save", "--output", archive, name], { env });
    return `docker-archive:${archive}:${name}`;
  },
};
