/** `--kubernetes IMAGE`: the Job that spreads a config over several pods. */
import { readFile } from "node:fs/promises";
import { NixociError } from "../../../base/errors.ts";
import { parseReference } from "../../../image/reference.ts";
import type { GivenFlag, GlobalFlags } from "../../kit/command.ts";
import type { Io } from "../../kit/io.ts";
import { readSyncWords } from "./config.ts";
import type { SyncFlags } from "./flags.ts";

const NAME = "nixoci-sync";
const FOLDER = "/etc/nixoci";

/** The flags that the Job's command gets, or that concern the printing. */
const CARRIED: readonly string[] = [
  ...["kubernetes", "shard", "scoped", "all", "parallel", "jobs", "once"],
  ...["json", "quiet", "debug", "progress"],
];

/** Refuses flags that the Job would not have. @throws NixociError `USAGE`. */
export function refuseUncarried(given: readonly GivenFlag[]): void {
  const other = given.find(({ flag }) => !CARRIED.includes(flag));
  if (other === undefined) return;
  throw new NixociError("USAGE", `--${other.flag} has no meaning with --kubernetes`, {
    hint: "leave it out: the Job looks once, and its file says how hosts are reached",
  });
}

/** Checks that the word is an image that a cluster can pull. @throws NixociError `USAGE`. */
function checkImage(image: string): string {
  try {
    parseReference(image);
    return image;
  } catch (cause) {
    throw new NixociError("USAGE", `--kubernetes: ${JSON.stringify(image)} is not an image`, {
      cause,
      hint: "write the one that nixoci is in: ghcr.io/org/nixoci:1",
    });
  }
}

/**
 * Prints a ConfigMap with the file, and an Indexed Job of which each pod brings one part.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
 */
export async function printJob(
  path: string,
  destination: string | undefined,
  flags: SyncFlags & GlobalFlags,
  io: Io,
): Promise<void> {
  const parts = Number(/^\d*\/(\d{1,5})$/.exec(flags.shard ?? "/1")?.[1]);
  if (!(parts > 0)) {
    throw new NixociError(
      "USAGE",
      `--shard: ${JSON.stringify(flags.shard)} says no number of parts`,
      {
        hint: "write --shard /N",
      },
    );
  }
  const image = checkImage(flags.kubernetes ?? "");
  await readSyncWords(path, destination, flags); // a file that is wrong is better told of here
  const text = path === "-" ? undefined : await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) {
    throw new NixociError("USAGE", `--kubernetes needs a file, and ${path} is none`, {
      hint: "write what is to be in sync into a file",
    });
  }
  const { stringify } = await import("yaml");
  const words = [
    ...["sync", `${FOLDER}/sync.yaml`, ...destination === undefined ? [] : [destination]],
    ...["--shard", `/${parts}`],
    ...flags.scoped ? ["--scoped"] : [],
    ...flags.all ? ["--all"] : [],
    ...flags.parallel === undefined ? [] : ["--parallel", String(flags.parallel)],
    ...flags.jobs === undefined ? [] : ["--jobs", String(flags.jobs)],
  ];
  const documents = [createConfigMap(text), createJob(image, words, parts)];
  const yaml = documents.map((document) => stringify(document)).join("---\n");
  io.write(flags.json ? JSON.stringify(documents, null, 2) + "\n" : yaml);
}

function createConfigMap(text: string) {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: NAME },
    data: { "sync.yaml": text },
  };
}

function createJob(image: string, args: readonly string[], parts: number) {
  const container = {
    name: NAME,
    image,
    command: ["nixoci"],
    args,
    volumeMounts: [{ name: "config", mountPath: FOLDER, readOnly: true }],
  };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: NAME },
    spec: {
      completionMode: "Indexed",
      completions: parts,
      parallelism: parts,
      backoffLimitPerIndex: 3,
      template: {
        spec: {
          restartPolicy: "Never",
          containers: [container],
          volumes: [{ name: "config", configMap: { name: NAME } }],
        },
      },
    },
  };
}
