/** The SPEC of nixoci's own image. */
import type { Spec } from "../../src/mod.ts";
import { describePackage, EPOCH } from "./about.ts";

/** Creates it; `root`, beside it, has the program and its libraries. */
export async function createImageSpec(machine: string): Promise<Spec> {
  const { name, version, description, license, homepage } = await describePackage();
  return {
    name,
    tag: version,
    architecture: machine === "x64" ? "amd64" : machine,
    created: new Date(EPOCH * 1000).toISOString(),
    mtime: new Date(EPOCH * 1000).toISOString(),
    copyToRoot: "root",
    helpers: { tmp: true, fakeNss: true },
    config: {
      Entrypoint: ["/usr/bin/nixoci"],
      Cmd: ["--help"],
      WorkingDir: "/work",
      Env: ["HOME=/tmp", "PATH=/usr/bin"],
      Labels: {
        "org.opencontainers.image.title": name,
        "org.opencontainers.image.description": description,
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.licenses": license,
        "org.opencontainers.image.source": homepage,
      },
    },
  };
}
