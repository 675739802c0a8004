/**
 * Progress in a log: a line when a layer is there or packed, and a sign of life every ten seconds, so that a
 * CI system sees that a long copy is alive.
 */
import { formatBytes, formatCount, shortenDigest } from "../kit/text.ts";
import { formatFinishedLine, formatSummaryLine, formatTotalLine, isWorthALine } from "./lines.ts";
import type { DisplayOutput, ProgressDisplay, ProgressWords } from "./display.ts";
import { formatNoticeLine } from "../kit/held-notices.ts";
import { createProgressState, type Moving } from "./state.ts";

const HEARTBEAT_MS = 10_000;

export function createPlainProgress(
  output: DisplayOutput,
  { doing, done }: ProgressWords,
): ProgressDisplay {
  const state = createProgressState();
  const began = performance.now();
  let spoke = began;
  let before = { blobs: 0, bytes: 0 };
  const say = (line: string): void => {
    spoke = performance.now();
    output.write(line + "\n");
  };
  const heartbeat = setInterval(() => {
    if (performance.now() - spoke < HEARTBEAT_MS) return;
    for (const one of state.making.values()) say(describeMoving("packing", one));
    for (const one of state.active.values()) say(describeMoving(one.kind, one));
    say(formatTotalLine(state, Infinity, { colour: false, unicode: false }));
  }, HEARTBEAT_MS / 4);
  heartbeat.unref();
  return {
    onEvent(event) {
      const finished = state.apply(event);
      if (event.type === "notice") say(formatNoticeLine(event.message));
      if (event.type === "plan") {
        const { blobs, bytes } = state;
        const [count, size] = [blobs.all - before.blobs, bytes.all - before.bytes];
        say(`${doing} ${formatCount(count, "blob")}, ${formatBytes(size)}`);
      }
      // With several places each image is copied, and counted, by itself.
      if (event.type === "committed") before = { blobs: state.blobs.all, bytes: state.bytes.all };
      if (finished?.how === "packed") say(formatFinishedLine(finished));
      if (finished?.how === "moved" && isWorthALine(finished.kind)) {
        say(formatFinishedLine(finished));
      }
    },
    stop(succeeded) {
      clearInterval(heartbeat);
      if (succeeded) say(formatSummaryLine(state, (performance.now() - began) / 1000, done));
    },
  };
}

function describeMoving(doing: string, { descriptor: { digest, size }, bytes }: Moving): string {
  return `${doing} ${shortenDigest(digest)}  ${formatBytes(bytes)} of ${formatBytes(size)}`;
}
