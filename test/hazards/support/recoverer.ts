/**
 * Runs command lines as they come, each in an environment of its own, and says how each went: a line of
 * JSON in, a line out. One process for thousands of them, for what is to be seen is what they find.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { runLine, tell } from "../../cli/outcome.ts";

for await (const line of createInterface({ input: process.stdin })) {
  const { words, env } = JSON.parse(line);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  tell(JSON.stringify(await runLine(words)) + "\n");
}
