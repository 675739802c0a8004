/**
 * Shows what a registry wants people to know, whatever else it answers.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings
 */
import type { OnNotice } from "../../../src/base/notices.ts";
import { redactReply } from "../../../src/base/text.ts";
import type { Reply } from "../../lib/http/exchange.ts";

// A registry that has more to say says it to nobody.
const MAX_WARNINGS = 10;

const WARNING = /(?:^|,)\s*299\s+\S+\s+"((?:[^"\\]|\\.)*)"/g;

/** Shows each warning of a registry's answers once. */
export function createWarner(
  host: string,
  secrets: ReadonlySet<string>,
  onNotice: OnNotice | undefined,
): (reply: Reply) => void {
  const shown = new Set<string>();
  return ({ headers }) => {
    for (const warning of parseWarnings(headers["warning"])) {
      if (shown.has(warning) || shown.size === MAX_WARNINGS) continue;
      shown.add(warning);
      onNotice?.({ code: "WARNING", message: `${host} warns: ${redactReply(warning, secrets)}` });
    }
  };
}

/** The texts of the header's warnings; those of other codes are for caches. */
function parseWarnings(header: string | string[] | undefined): string[] {
  const text = [header ?? []].flat().join(",");
  return [...text.matchAll(WARNING)].map(([, quoted = ""]) => quoted.replace(/\\(.)/g, "$1"));
}
