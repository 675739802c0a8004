/**
 * The shapes of what `--json` prints, as schemas, a file for verbs of one kind: the documents are made
 * from them, and the tests hold the commands to them. Running a command needs none of it.
 */
import { COPY_RESULTS } from "./copies.ts";
import { EXPLAIN_RESULTS } from "./explanations.ts";
import { FILE_RESULTS } from "./files.ts";
import { HOST_RESULTS } from "./hosts.ts";
import { IMAGE_RESULTS } from "./images.ts";
import { LOCK_RESULTS } from "./locks.ts";
import { PROGRAM_RESULTS } from "./programs.ts";
import type { AnyShape } from "./type-text.ts";
import { UPDATE_RESULTS } from "./updates.ts";

/** Grows with every change that a program could stumble over; new fields do not count. */
export const JSON_VERSION = 1;

/** The shapes of results, by verb, with what else tells them apart. */
export const RESULTS: Readonly<Record<string, AnyShape>> = {
  ...COPY_RESULTS,
  ...IMAGE_RESULTS,
  ...FILE_RESULTS,
  ...EXPLAIN_RESULTS,
  ...LOCK_RESULTS,
  ...HOST_RESULTS,
  ...PROGRAM_RESULTS,
  ...UPDATE_RESULTS,
};

/** Verbs that print a document of another format as it is, or the content of a file. */
export const DOCUMENTS: Readonly<Record<string, string>> = {
  cat: "a file's content, which is not JSON: `--json` is refused",
  "lock manifest": "the manifest, byte for byte",
  "lock schema": "the lockfile's JSON Schema",
};
