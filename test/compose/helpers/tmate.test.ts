/** The programs that let people into a job, with a tmate that reaches no server. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeTmatePrograms } from "../../../src/compose/helpers/tmate.ts";
import { spawned } from "../../cli/run.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { lacks } from "../../support/tools.ts";

/** It begins, and is never ready; or ends at once. */
const FAKES = {
  silent: 'case "$*" in *kill-server*) exit 0 ;; esac\nexec sleep 30\n',
  broken: "echo no such host >&2\nexit 1\n",
};

async function placePrograms(fake: string) {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "bin"));
  const made = makeTmatePrograms("/bin/tmate");
  const files = made.flatMap((one) => one.type === "file" ? [[one.path, String(one.content)]] : []);
  for (const [path, content] of [...files, ["/bin/tmate", `#!/bin/sh\n${fake}`]]) {
    await writeFile(join(folder, path!), content!);
    await chmod(join(folder, path!), 0o755);
  }
  const env = {
    PATH: `${folder}/bin:${process.env["PATH"]}`,
    TMPDIR: folder,
    HOME: folder,
    TMATE_TIMEOUT: "1",
  };
  return (name: string, ...args: string[]) => spawned(join(folder, "bin", name), args, "", { env });
}

it.skipIf(lacks("bash")).each(["silent", "broken"] as const)(
  "keep the command's status and end where the server is %s",
  async (kind) => {
    const run = await placePrograms(FAKES[kind]);
    const started = await run("start-tmate");
    expect(started).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^start-tmate: no session within \d+ seconds; tmate said:\n/),
    });
    const failed = await run("bash-tmate", "-c", "false | true; exit 0");
    expect(failed).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("bash-tmate: nobody can be let in\n"),
    });
    expect(await run("bash-tmate", "-c", "exit 7")).toMatchObject({ status: 7 });
    expect(await run("bash-tmate", "-c", "echo done")).toMatchObject({
      status: 0,
      stdout: "done\n",
    });
    expect(await run("start-tmate", "soon")).toMatchObject({
      status: 2,
      stderr: "start-tmate: soon is not a number of seconds\n",
    });
  },
  60_000,
);
