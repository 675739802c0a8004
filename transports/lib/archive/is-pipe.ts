/** Whether a path's bytes go by only once. */
import { stat } from "node:fs/promises";

/** Whether there is a FIFO or a character device: a shell's `<(command)`, `/dev/stdin`. */
export async function isPipe(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    return found.isFIFO() || found.isCharacterDevice();
  } catch {
    return false; // Whoever opens it next says why, and better.
  }
}
