/** `nixoci base update CONFIG` */
import { boolean, integer, string } from "@oclif/core/flags";
import { NixociError } from "../../../../base/errors.ts";
import type { ChannelReport } from "../../../../channels/update/report.ts";
import { defineRequiredArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";
import { defineProgressFlag } from "../../../progress/flag.ts";

export default defineVerb({
  summary: "Build the base images that channels lack, test and push them",
  description:
    "Reads a list of channels, and for each the newest commits of its feed. Commits without an image " +
    "get one; the newest is built again where its SPEC has changed (the label NixHash says how it was " +
    "made). An image is tested before it is pushed: its size, its nixpkgs, its certificates, a build. " +
    "It can be run every hour from anywhere: what is there stays, and what was interrupted goes on. " +
    "Exits with 1 when a channel failed; with --exit-code, with 3 when there was nothing to do.",
  examples: [
    "nixoci base update channels.json",
    "nixoci base update --dry-run --json channels.json | jq '.channels[].status'",
    "nixoci base update --shard 1/4 --jobs 2 channels.json",
  ],
  args: { config: defineRequiredArg("The channels: a file of JSON or YAML", "file") },
  flags: {
    "dry-run": boolean<boolean>({ summary: "Say what would be done, and do nothing" }),
    "exit-code": boolean<boolean>({ summary: "Exit with 3 when there was nothing to do" }),
    "allow-older": boolean<boolean>({
      summary: "Take the word of a feed that has gone back to an older commit",
    }),
    progress: defineProgressFlag(
      "How to tell what happens; json writes a line for each commit and channel to stderr",
    ),
    "max-archive-size": integer({
      summary: "Refuse archives of nixpkgs with more bytes (4 GiB; 0: any)",
      helpValue: "bytes",
      default: 4 * 1024 ** 3,
      min: 0,
    }),
    jobs: integer({ summary: "How many channels at a time", helpValue: "n", default: 1, min: 1 }),
    shard: string({
      summary: "Work on this part of the channels, such as 1/4",
      helpValue: "i/n",
    }),
  },
  reaches: "one place",
  takesImages: true,
  doing: ({ config }) => `update the images of ${config}`,
  async run({ config }, flags, io) {
    const shard = parseShard(flags.shard);
    const { updateChannels } = await import("./run.ts");
    const channels = await updateChannels(config, { ...flags, shard }, io);
    const hasFailed = channels.some(({ status }) => status === "failed");
    io.print(
      { channels },
      () => channels.map((channel) => `${channel.name}: ${channel.status}${explain(channel)}`),
    );
    if (hasFailed) return 1;
    return flags["exit-code"] && channels.every(({ status }) => status === "current") ? 3 : 0;
  },
});

/** Says why a channel has failed: what ended it, or what became of its commits. */
function explain({ code, reason, commits }: ChannelReport): string {
  if (code !== undefined) return ` (${code}): ${reason}`;
  const [failed, ...others] = commits.filter(({ status }) => status === "failed");
  if (failed === undefined) return "";
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  return `: ${failed.commit.slice(0, 12)}${more}: ${failed.reason}`;
}

/** Parses `2/4`. @returns the part, from 0, and how many there are. */
function parseShard(text: string | undefined): { readonly part: number; readonly of: number } {
  const [, part, of] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text ?? "1/1") ?? [];
  if (part !== undefined && Number(part) <= Number(of)) {
    return { part: Number(part) - 1, of: Number(of) };
  }
  throw new NixociError("USAGE", `--shard: ${JSON.stringify(text)} is not a part`, {
    hint: "write I/N, such as 1/4 to 4/4",
  });
}
