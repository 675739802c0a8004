/** Runs a command and says how much of a processor it took: what other work takes is not in it. */
import { spawn } from "node:child_process";
import { once } from "node:events";

/** @returns the seconds that the command and its children used, their own and the system's. */
export async function measureProcessor(
  [program = "", ...words]: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const timed = ["--format", "processor %U %S", program, ...words];
  const child = spawn("/usr/bin/time", timed, { env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => said += chunk);
  const [status] = await once(child, "close");
  const [, user, system] = /processor (\S+) (\S+)\n$/.exec(said) ?? [];
  if (status === 0 && user !== undefined) return Number(user) + Number(system);
  throw new Error(`${program} ${words.join(" ")} failed (${status}):\n${said}`);
}
