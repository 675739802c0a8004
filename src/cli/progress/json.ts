/** Progress for programs: each event as a line of JSON. */
import type { Output, Progress } from "./mod.ts";

export function jsonProgress(output: Output): Progress {
  return {
    onEvent: (event) => void output.write(JSON.stringify(event) + "\n"),
    stop: () => {},
  };
}
