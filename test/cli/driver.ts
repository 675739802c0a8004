/**
 * Runs command lines one after another and says how each went: JSON in, JSON out. One process for many
 * of them, because starting one takes longer than all of them.
 */
import { readFileSync } from "node:fs";
import { runLine, tell } from "./outcome.ts";

const outcomes = [];
for (const argv of JSON.parse(readFileSync(0, "utf8"))) outcomes.push(await runLine(argv));
tell(JSON.stringify(outcomes));
