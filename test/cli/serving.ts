/** Runs the command lines that come on standard input, each in its folder: a line of JSON in, one out. */
import process from "node:process";
import { createInterface } from "node:readline";
import { watchHandles } from "../support/handles.ts";
import { runLine, tell } from "./outcome.ts";

const waitForHandles = watchHandles();

for await (const line of createInterface({ input: process.stdin })) {
  const { argv, cwd } = JSON.parse(line);
  process.chdir(cwd);
  const outcome = await runLine(argv);
  const [left] = await waitForHandles();
  const answer = left === undefined ? outcome : { ...outcome, status: -1, stderr: left };
  tell(JSON.stringify(answer) + "\n");
}
