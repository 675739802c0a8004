/** `docker build`: a Docker schema 2 image of several layers, with a health check and whiteouts. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../command.ts";
import { COMMAND, type Maker, MESSAGE } from "./sample.ts";
import { writeBase, writeOddities } from "./tree.ts";

const DOCKERFILE = `FROM scratch
COPY base /
COPY odd /
RUN rm -r /removed && mkdir /removed && echo new > /removed/file && chmod 4755 /bin/busybox
RUN ln /message /message.link && touch -d 1969-12-31 /odd/old
HEALTHCHECK --interval=5s --retries=2 CMD ["/bin/true"]
ENV LANG=C.UTF-8
LABEL org.example.title="a \\"quoted\\" <label> & more"
CMD ${JSON.stringify(COMMAND)}
`;

export const docker: Maker = {
  name: "docker",
  kind: "image",
  needs: ["docker", "busybox"],
  async make({ folder, env, host }) {
    await mkdir(join(folder, "odd"), { recursive: true });
    await writeBase(join(folder, "base"), MESSAGE);
    await writeOddities(join(folder, "odd"));
    await writeFile(join(folder, "Dockerfile"), DOCKERFILE);
    const name = "localhost/sample:docker";
    const docker = ["docker", "--host", host];
    await run([...docker, "build", "--network", "none", "--tag", name, folder], {
      env: { ...env, DOCKER_BUILDKIT: "0" },
    });
    const archive = join(folder, "saved.tar");
    await run([...docker, "save", "--output", archive, name], { env });
    return `docker-archive:${archive}:${name}`;
  },
};
