/** `nixoci base init SERVICE CONFIG` */
import { option } from "@oclif/core/args";
import { file, string } from "@oclif/core/flags";
import { SERVICES } from "../../../../channels/schedule/schedule.ts";
import { defineRequiredArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";

export default defineVerb({
  summary: "Write the job that runs base update every hour",
  description:
    "A workflow of GitHub, a job of GitLab or a CronJob of Kubernetes: at an odd minute, with a start by " +
    "hand, one at a time. What has to be done before its first run stands at its top.",
  examples: [
    "nixoci base init github channels.json -o .github/workflows/base-images.yml",
    "nixoci base init gitlab channels.json --runner registry.example/nixoci",
    "nixoci base init kubernetes channels.json > cronjob.yaml",
  ],
  args: {
    service: option({
      options: SERVICES,
      ignoreStdin: true,
      description: "Where it runs",
    })({ required: true }),
    config: defineRequiredArg(
      "The channels: a file of JSON or YAML, as base update reads it",
      "file",
    ),
  },
  flags: {
    output: file({
      char: "o",
      summary: "Write it to this file, which must not be there yet; to standard output by default",
      helpValue: "file",
    }),
    registry: string({
      summary: "The registry that images go to; that of the first channel by default",
      helpValue: "host",
    }),
    runner: string({
      summary:
        "The image that jobs run in, with nixoci; to be filled in by default (GitLab, Kubernetes)",
      helpValue: "image",
    }),
  },
  doing: ({ config }) => `write the job of ${config}`,
  async run({ service, config }, { output, registry, runner }, io) {
    const { writeSchedule } = await import("./run.ts");
    const { text, needs } = await writeSchedule(service, { config, output, registry, runner });
    const result = { service, needs };
    if (output === undefined) {
      return io.print({ ...result, text }, () => text.trimEnd().split("\n"));
    }
    for (const need of needs) io.notice(`before its first run: ${need}`);
    io.print({ ...result, output }, () => [output]);
  },
});
