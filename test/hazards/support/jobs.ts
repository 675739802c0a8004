/** What is killed and starved: one command of each kind, and what a user finds where it writes. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { inspectLayout } from "../../e2e/support/layout.ts";
import { describe, type Site } from "./site.ts";

/** A command that writes to a site. */
export interface Job {
  readonly name: string;
  /** The words that come after `nixoci`. */
  words(site: Site): string[];
  /** What is found where it writes; it has to be the same as before, or as afterwards. */
  look(site: Site): Promise<unknown>;
  /** What it refuses to write when it is there. */
  readonly makes?: string;
  /** It cannot be done again. */
  readonly once?: true;
}

const fileJob = (
  name: string,
  file: string,
  words: Job["words"],
): Job => ({ name, words, look: ({ place }) => describe(join(place, file)) });

const layoutJob = (name: string, words: Job["words"], layout = "layout"): Job => ({
  name,
  words,
  look: async ({ place }) => {
    const { tags, faults } = await inspectLayout(join(place, layout));
    const index = await readFile(join(place, layout, "index.json"), "utf8").catch(() => "");
    return { tags, faults, index };
  },
});

const folderJob = (name: string, folder: string, words: Job["words"]): Job => ({
  ...fileJob(name, folder, words),
  makes: folder,
});

const large = ({ world }: Site) => `oci-dir:${world.source}/images:large`;

/** The jobs. */
export const JOBS: readonly Job[] = [
  layoutJob("copy to oci-dir", (site) => [
    "copy",
    large(site),
    `oci-dir:${site.place}/layout:after`,
  ]),
  layoutJob("copy and compress", (site) => [
    "copy",
    "--compress=gzip",
    large(site),
    `oci-dir:${site.place}/layout:after`,
  ]),
  fileJob("copy to docker-archive", "image.tar", (site) => [
    "copy",
    large(site),
    `docker-archive:${site.place}/image.tar:app:after`,
  ]),
  fileJob("copy to oci-archive", "oci.tar", (site) => [
    "copy",
    large(site),
    `oci-archive:${site.place}/oci.tar:after`,
  ]),
  {
    name: "copy to dir",
    words: (site) => ["copy", large(site), `dir:${site.place}/dir`],
    look: ({ place }) => readDir(join(place, "dir")),
  },
  fileJob("pull", "pulled.tar", ({ world, place }) => [
    "pull",
    `${world.registry.host}/app@${world.digest}`,
    `--output=${place}/pulled.tar`,
  ]),
  {
    name: "push",
    words: (site) => [
      "copy",
      large(site),
      `registry:${site.world.registry.host}/${site.repository}:after`,
    ],
    look: ({ world, repository }) => {
      const { tags, manifests, blobs } = world.registry.repository(repository);
      return Promise.resolve([...tags].map(([tag, digest]) => {
        const { config, layers } = JSON.parse(manifests.get(digest)!.bytes.toString());
        const lacking = [config, ...layers].filter((one) => !blobs.has(one.digest));
        return [tag, digest, lacking];
      }));
    },
  },
  fileJob("export", "files.tar", (site) => [
    "export",
    large(site),
    `--output=${site.place}/files.tar`,
  ]),
  folderJob("export to a folder", "tree", (site) => [
    "export",
    large(site),
    `--dir=${site.place}/tree`,
  ]),
  folderJob("export a bundle", "bundle", (site) => [
    "export",
    large(site),
    `--bundle=${site.place}/bundle`,
  ]),
  layoutJob("build", ({ world, place }) => [
    "build",
    `${world.source}/spec.json`,
    `oci-dir:${place}/layout:after`,
  ]),
  layoutJob("gc", ({ place }) => ["gc", "--grace=0", `oci-dir:${place}/litter`], "litter"),
  {
    ...layoutJob("delete", ({ place }) => ["delete", "--yes", `oci-dir:${place}/layout:before`]),
    once: true,
  },
  layoutJob("tag", ({ place }) => ["tag", `oci-dir:${place}/layout:before`, "more"]),
  layoutJob("mutate", ({ place }) => [
    "mutate",
    "--label=a=b",
    ...[1, 2].map(() => `oci-dir:${place}/layout:before`),
  ]),
  fileJob("lock add", "lock.json", ({ world, place }) => [
    "lock",
    "add",
    `--file=${place}/lock.json`,
    `${world.registry.host}/app:v1`,
  ]),
  fileJob("login", "auth.json", ({ world, place }) => [
    "login",
    `--authfile=${place}/auth.json`,
    "--username=x",
    "--password=y",
    world.registry.host,
  ]),
  fileJob("artifact pull", "files/sub", ({ world, place }) => [
    "artifact",
    "pull",
    `oci-dir:${world.source}/images:files`,
    `${place}/files`,
  ]),
  folderJob("init", "init", ({ world, place }) => [
    "init",
    `${world.source}/services.json`,
    `--output=${place}/init`,
  ]),
];

/** The manifest of a folder of skopeo's, and what of it is not there. */
async function readDir(folder: string): Promise<unknown> {
  const text = await readFile(join(folder, "manifest.json"), "utf8");
  const { config, layers } = JSON.parse(text);
  const lines = await describe(folder);
  const names = [config, ...layers].map(({ digest }) => digest.replace("sha256:", ""));
  return [text, names.filter((name) => !lines.includes(`${name} ${name.slice(0, 12)}`))];
}
