/** Watches how much a command writes: the kernel bounds only single files. */
import { quoteWord } from "../../nix/derivation/attributes/structured.ts";

/**
 * Formats a line of a script that reports `full` when a folder has so many bytes more than it has
 * now; it goes on beside the command.
 */
export function formatSizeWatch(folder: string, most: number | undefined): string {
  if (most === undefined) return "";
  const size = `$(du -sb ${quoteWord(folder)} | cut -f1)`;
  return `( exec >/dev/null 2>&1 6>&- 7<&-; begun=${size}
  while sleep 0.2 5>&-; do [ $((${size} - begun)) -le ${most} ] || { echo full >&5; break; }; done
) & watch=$!`;
}

/** Ends the watch. */
export const END_SIZE_WATCH = '[ -z "${watch-}" ] || kill $watch 2>/dev/null || :';
