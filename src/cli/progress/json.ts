/** Progress for programs: each event as a line of JSON. */
import type { DisplayOutput, ProgressDisplay } from "./display.ts";

export function createJsonProgress(output: DisplayOutput): ProgressDisplay {
  return {
    onEvent: (event) => void output.write(JSON.stringify(event) + "\n"),
    stop: () => {},
  };
}
