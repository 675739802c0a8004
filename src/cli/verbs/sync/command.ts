/** `nixoci sync CONFIG|SOURCE [DESTINATION]` */
import { boolean, file, integer, string } from "@oclif/core/flags";
import { defineOptionalArg, defineRequiredArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { definePlatformFlag, jobsFlag, REPEATABLE, tmpdirFlag } from "../../kit/flags.ts";
import { defineProgressFlag } from "../../progress/flag.ts";

/** The flags that say which images are meant, where no file says it. */
export const choiceFlags = {
  match: string({
    ...REPEATABLE,
    summary: "Of a SOURCE: only tags that match this pattern, or one of several",
    helpValue: "glob",
  }),
  regex: string({
    ...REPEATABLE,
    summary: "Of a SOURCE: only tags that match one of these whole",
    helpValue: "regex",
  }),
  exclude: string({
    ...REPEATABLE,
    summary: "Of a SOURCE: no tags that match one of these patterns",
    helpValue: "glob",
  }),
  semver: string({
    summary: "Of a SOURCE: only tags that are versions in this range",
    helpValue: "range",
  }),
  newest: integer({
    summary: "Of a SOURCE: only so many of the newest: by version with --semver, else by creation",
    helpValue: "n",
    min: 1,
  }),
  platform: definePlatformFlag("all by default"),
  referrers: boolean<boolean>({ summary: "Of a SOURCE: take along what refers to the images" }),
  "digest-tags": boolean<boolean>({
    summary: "Of a SOURCE: take along tags such as cosign's sha256-….sig",
  }),
};

export default defineVerb({
  summary: "Bring many images to where they are wanted, and keep them in sync",
  description:
    "CONFIG is a YAML or JSON file of nixoci's (docs/sync.md), regsync's, or skopeo's, with the rules " +
    "of each; - is standard input. What is at the destination does not move, and what fails does not " +
    "stop the others: then it exits with 1. A run that was killed is simply run again. Prints what was " +
    "copied and what failed.",
  examples: [
    "nixoci sync --dry-run mirror.yaml",
    "nixoci sync registry:quay.io/org/app registry:localhost:5000/mirror/app --semver '^1'",
    "nixoci sync skopeo.yaml registry:localhost:5000/mirror --scoped",
  ],
  args: {
    source: defineRequiredArg(
      "CONFIG: the file; or SOURCE: a repository, a layout, or registry:HOST, all of it",
    ),
    destination: defineOptionalArg(
      "Where the images go, as scheme:location; for a SOURCE, and for files of skopeo's",
      "reference",
    ),
  },
  flags: {
    ...choiceFlags,
    scoped: boolean<boolean>({
      summary: "Keep hosts and whole repositories in the names at DESTINATION",
    }),
    all: boolean<boolean>({
      char: "a",
      summary: "For a file of skopeo's: take whole indexes, not one platform",
    }),
    "dry-run": boolean<boolean>({ summary: "Print what would be copied, and copy nothing" }),
    parallel: integer({
      summary: "How many images at a time; 4 if the file says nothing",
      helpValue: "n",
      min: 1,
      max: 256,
    }),
    jobs: jobsFlag,
    shard: string({
      summary: "Only the Ith of N parts, I from 0; /N takes I from $JOB_COMPLETION_INDEX",
      helpValue: "I/N",
    }),
    once: boolean<boolean>({ summary: "Look once; the default", exclusive: ["watch"] }),
    watch: boolean<boolean>({
      summary: "Go on, and look again when the file's every or cron says",
    }),
    every: string({
      summary: "With --watch: look again after so long, where the file says nothing: 15m",
      helpValue: "duration",
      dependsOn: ["watch"],
    }),
    metrics: file({
      summary:
        "Write what was done to this file: OpenMetrics text, or a line of JSON more in .jsonl",
      helpValue: "file",
    }),
    kubernetes: string({
      summary:
        "Print an Indexed Job for CONFIG, with a part for each of N (--shard /N); nixoci is in " +
        "this image",
      helpValue: "image",
    }),
    tmpdir: tmpdirFlag,
    progress: defineProgressFlag(),
  },
  reaches: "two places",
  takesImages: true,

  doing: ({ source, destination }) =>
    destination === undefined ? `sync ${source}` : `sync ${source} to ${destination}`,
  async run({ source, destination }, flags, io, given) {
    const { syncPlaces } = await import("./run.ts");
    await syncPlaces(source, destination, { flags, given }, io);
  },
});
