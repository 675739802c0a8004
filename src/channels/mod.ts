/**
 * Base images with Nix and nixpkgs, one for each commit of a channel, and what keeps them current.
 * @module
 */
export { completeBaseSpec } from "./image/preset.ts";
export { makeSchedule, type ScheduleService } from "./schedule/schedule.ts";
export type { ScheduledJob, ScheduleOptions } from "./schedule/options.ts";
export { type Feed, type FeedOptions, type FetchUrl, readFeed } from "./feed/feed.ts";
export { updateChannel, type UpdateOptions } from "./update/update.ts";
export type { FoundImage, MadeImage, UpdatePlaces } from "./update/places.ts";
export type { ChannelReport, CommitReport } from "./update/report.ts";
export { type Channel, type ChannelConfig, readChannelConfig } from "./update/config.ts";
export { pinDockerfile, type PinOptions, type PinResult } from "./pin/pin.ts";
export type { PinnedStage } from "./pin/dockerfile.ts";
export type { FoundSource } from "./pin/found.ts";
export type { PinnedSource } from "./pin/source.ts";
