/** Notices that are not shown unless the work fails. */
import { toOneLine } from "../../base/text.ts";

/** Notices that wait for a failure. */
export interface HeldNotices {
  add(message: string): void;
  /** Writes those that are held, a line each, and holds them no more. */
  writeTo(output: { write(text: string): unknown }): void;
}

/** More would hide the failure itself. */
const MAX_HELD = 20;

/** Makes room for the last notices, of equal ones for one. */
export function holdNotices(): HeldNotices {
  const held = new Set<string>();
  return {
    add(message) {
      held.delete(message);
      held.add(message);
      if (held.size > MAX_HELD) held.delete([...held][0]!);
    },
    writeTo(output) {
      for (const message of held) output.write(formatNoticeLine(message) + "\n");
      held.clear();
    },
  };
}

/** Writes a notice, in the form of all messages of ours. */
export function formatNoticeLine(message: string): string {
  return `nixoci: ${toOneLine(message)}`;
}
