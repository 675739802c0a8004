/** The flags for what a layer may cost, wherever it is read from. */
import { NixociError } from "../../src/base/errors.ts";
import { omitMissing } from "../../src/base/omit-missing.ts";
import type { SideOptions } from "../../src/image/transport.ts";
import { defineAccess } from "./access.ts";

/** The flags. */
export const boundsAccess = defineAccess({
  "max-layer-size": {
    summary: "Refuse layers that unpack to more bytes (512 GiB; 0: any)",
    takes: "text",
    value: "bytes",
    isForBoth: true,
  },
  "max-ratio": {
    summary:
      "Refuse layers that unpack to more than a GiB and so many times their size (200; 0: any)",
    takes: "text",
    value: "n",
    isForBoth: true,
  },
  "max-entries": {
    summary: "Refuse layers with more entries, where files are looked at (5000000; 0: any)",
    takes: "text",
    value: "n",
    isForBoth: true,
  },
}, (flags): SideOptions => {
  const bounds = omitMissing({
    maxSize: readBound("--max-layer-size", flags["max-layer-size"]),
    maxRatio: readBound("--max-ratio", flags["max-ratio"]),
    maxEntries: readBound("--max-entries", flags["max-entries"]),
  });
  return Object.keys(bounds).length > 0 ? { bounds } : {};
});

function readBound(flag: string, text: string | undefined): number | undefined {
  if (text === undefined || /^\d{1,15}$/.test(text)) {
    return text === undefined ? text : Number(text);
  }
  throw new NixociError("USAGE", `${flag}: ${JSON.stringify(text)} is not a whole number`, {
    hint: "give it in plain digits; 0 is for no limit",
  });
}
