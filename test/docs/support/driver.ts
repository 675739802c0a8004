/** Runs programs one after another in this process, each in its folder: JSON in, JSON out. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { format } from "node:util";

const tell = process.stdout.write.bind(process.stdout);
let printed: string[] = [];
console.log = (...words: unknown[]) => void printed.push(format(...words));

const outcomes = [];
for (const { folder, url } of JSON.parse(readFileSync(0, "utf8"))) {
  printed = [];
  process.chdir(folder);
  try {
    await import(url);
    outcomes.push({ printed });
  } catch (error) {
    outcomes.push({ printed, error: error instanceof Error ? error.stack : String(error) });
  }
}
tell(JSON.stringify(outcomes));
