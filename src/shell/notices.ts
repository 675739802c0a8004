/** Tells what a shell image lacks, and what does not work for that. */
import type { Notice } from "../base/notices.ts";
import type { ShellImageOptions } from "./image-options.ts";
import type { ReadEnvironment } from "./read-environment.ts";

/** Lists what is missing in the image. */
export function listImageNotices(
  { programs, canEdit, options: { shell } }: ReadEnvironment,
  { run }: ShellImageOptions,
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
  return messages.map((message) => ({ code: "SHELL", message }));
}
