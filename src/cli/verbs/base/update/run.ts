/** The work of `nixoci base update`. */
import { mapLimited } from "../../../../bytes/flow/map.ts";
import { readChannelConfig } from "../../../../channels/update/config.ts";
import type { ChannelReport, CommitReport } from "../../../../channels/update/report.ts";
import { updateChannel } from "../../../../channels/update/update.ts";
import type { OnNotice } from "../../../../base/notices.ts";
import type { GlobalFlags } from "../../../kit/command.ts";
import type { Io } from "../../../kit/io.ts";
import type { DisplayMode } from "../../../progress/display.ts";
import { readSideOptions } from "../../../kit/sides.ts";
import { createUpdatePlaces } from "./places.ts";

/** The flags that concern the work. */
export interface UpdateFlags extends GlobalFlags {
  readonly "dry-run"?: boolean | undefined;
  readonly "allow-older"?: boolean | undefined;
  readonly progress: DisplayMode;
  readonly "max-archive-size": number;
  readonly jobs: number;
  readonly shard: { readonly part: number; readonly of: number };
}

/** Updates the channels of a file; what becomes of each commit is told as it comes. */
export async function updateChannels(
  file: string,
  flags: UpdateFlags,
  io: Io,
): Promise<ChannelReport[]> {
  const config = await readChannelConfig(file);
  const { part, of } = flags.shard;
  const channels = config.channels.filter((_, i) => i % of === part);
  const { signal } = io;
  const { onNotice, onCommit, onChannel } = createTeller(flags, io);
  const transport = readSideOptions(io.access, { signal, notice: onNotice });
  const places = createUpdatePlaces(config, {
    transport,
    signal,
    maxSize: flags["max-archive-size"],
  });
  const options = {
    dryRun: flags["dry-run"],
    allowOlder: flags["allow-older"],
    signal,
    onCommit,
  };
  return await mapLimited(channels, flags.jobs, async (channel) => {
    const report = await updateChannel(channel, places, options);
    onChannel(report);
    return report;
  });
}

/** A way of telling what happens while it does. */
interface Teller {
  readonly onNotice: OnNotice;
  onCommit(channel: string, report: CommitReport): void;
  onChannel(report: ChannelReport): void;
}

/** Creates what tells people or, with `--progress json`, programs: a line of JSON for each event. */
function createTeller({ progress, quiet }: UpdateFlags, io: Io): Teller {
  const write = (type: string, event: object) =>
    void process.stderr.write(JSON.stringify({ type, ...event }) + "\n");
  if (progress === "json" && !quiet) {
    return {
      onNotice: (notice) => write("notice", notice),
      onCommit: (channel, report) => write("commit", { channel, ...report }),
      onChannel: ({ name, commits: _told, ...report }) =>
        write("channel", { channel: name, ...report }),
    };
  }
  const isSilent = progress === "none";
  return {
    onNotice: (notice) => isSilent || io.notice(notice),
    onCommit: (channel, report) => isSilent || io.notice(describeCommit(channel, report)),
    onChannel: () => {}, // it is the result
  };
}

function describeCommit(
  channel: string,
  { commit, status, reason, untried }: CommitReport,
): string {
  const why = reason ?? (untried && `not tried: ${untried}`);
  return `${channel}: ${commit.slice(0, 12)} ${status}${why === undefined ? "" : `: ${why}`}`;
}
