/** Tells what a shell image lacks, and what does not work for that. */
import type { Notice } from "../../base/notices.ts";
import type { ShellImageOptions } from "./image-options.ts";
import { describeLargestInputs } from "./largest-inputs.ts";
import { listEditorLacks } from "./editors.ts";
import type { ReadEnvironment } from "../inputs/read-environment.ts";

/** Lists what is missing in the image. */
export function listImageNotices(
  { inputs, programs, foreign, canEdit, options: { shell } }: ReadEnvironment,
  { run, isForEditors, tellsSizes }: ShellImageOptions,
): Notice[] {
  const messages: string[] = [];
  if (programs.env === undefined) {
    messages.push(
      "there are no coreutils: scripts that begin with #!/usr/bin/env do not run, nor do ls or " +
        "sleep; add them with --package",
    );
  }
  if (run === undefined && !canEdit) {
    messages.push(
      `${shell} edits no lines: its prompt shows colours as text, and arrows do nothing; name ` +
        "bashInteractive with --shell",
    );
  }
  if (tellsSizes) messages.push(describeLargestInputs(inputs.inputs, inputs.closure));
  if (isForEditors) messages.push(...listEditorLacks(foreign, programs.missing));
  return messages.map((message) => ({ code: "SHELL", message }));
}
