/** The reports of an update: what became of each commit, and of each channel. */
import type { ErrorCode } from "../../base/errors.ts";

/** A commit of a channel, and what became of its image. */
export interface CommitReport {
  readonly commit: string;
  readonly status: "built" | "rebuilt" | "kept" | "failed" | "would build" | "would rebuild";
  /** The reason of a failure. */
  readonly reason?: string;
  /** The part of its test that this machine does not allow. */
  readonly untried?: string;
}

/** A channel, and what became of it. */
export interface ChannelReport {
  readonly name: string;
  readonly status: "updated" | "current" | "would update" | "failed";
  readonly commits: readonly CommitReport[];
  /** The kind of failure that ended it, and what it was. */
  readonly code?: ErrorCode;
  readonly reason?: string;
}

/** Returns the status of a channel whose commits all were looked at. */
export function statusOf(commits: readonly CommitReport[]): ChannelReport["status"] {
  const has = (pattern: RegExp) => commits.some(({ status }) => pattern.test(status));
  if (has(/^failed/)) return "failed";
  if (has(/^would/)) return "would update";
  return has(/^(re)?built$/) ? "updated" : "current";
}
