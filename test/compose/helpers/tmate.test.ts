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

/**
 * A program that plays tmate's part: one process is the server, which the others talk to by its socket. A
 * client is there until the address was asked for the third time; who is there, a bare server does not say.
 */
const WORKING = `#!/usr/bin/env node
const { connect, createServer } = require("node:net");
const { appendFileSync, readFileSync, writeSync } = require("node:fs");
const [, socket, ...words] = process.argv.slice(2);
if (words.includes("new-session")) {
  appendFileSync(process.env.TMATE_SAID, readFileSync(words[1], "utf8"));
  let asked = 0;
  createServer((mate) => mate.on("data", (said) => {
    const words = String(said);
    if (words === "kill-server") process.exit(0);
    if (words.includes("ssh")) asked++;
    const count = process.env.TMATE_BARE ? "" : asked === 0 || asked > 2 ? "0" : "1";
    const state = count + ":" + (1000 + Math.min(asked, 2));
    mate.end((words.includes("num") ? state : "ssh me@tmate.example") + "\\n");
  })).listen(socket);
} else {
  const mate = connect(socket, () => mate.write(words.join(" ")));
  if (words[0] === "display") mate.pipe(process.stdout);
  else mate.resume();
  mate.on("error", () => process.exit(1));
}
`;

/** Time that passes quickly: what is counted are the turns. */
const QUICK_SLEEP = "#!/bin/sh\nexec /bin/sleep 0.02\n";

async function placePrograms(fake: string, more: Readonly<Record<string, string>> = {}) {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "bin"));
  const made = makeTmatePrograms("/bin/tmate");
  const files = made.flatMap((one) => one.type === "file" ? [[one.path, String(one.content)]] : []);
  const tmate = fake.startsWith("#!") ? fake : `#!/bin/sh\n${fake}`;
  const quick = tmate === WORKING ? [["/bin/sleep", QUICK_SLEEP]] : [];
  for (const [path, content] of [...files, ["/bin/tmate", tmate], ...quick]) {
    await writeFile(join(folder, path!), content!);
    await chmod(join(folder, path!), 0o755);
  }
  const env = {
    PATH: `${folder}/bin:${process.env["PATH"]}`,
    TMPDIR: folder,
    HOME: folder,
    TMATE_TIMEOUT: tmate === WORKING ? "100000" : "1",
    TMATE_SERVER_HOST: "tmate.example",
    TMATE_SERVER_PORT: "2200",
    TMATE_SAID: join(folder, "settings"),
    ...more,
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

it.skipIf(lacks("bash", "node")).each([
  ["counts", {}],
  ["does not count", { TMATE_BARE: "1" }],
])(
  "print the address until nobody is there any more, with a server that %s",
  async (_what, env) => {
    const run = await placePrograms(WORKING, env);
    const address = "ssh me@tmate.example\n";
    const begin = (seconds: number) =>
      `Starting a tmate session; it ends when nobody was connected for ${seconds} seconds\n`;
    const end = "Ending the tmate session\n";
    expect(await run("start-tmate", "10")).toEqual({
      status: 0,
      stdout: begin(10) + address.repeat(4) + end,
      stderr: "",
    });
    // Two turns with a client, and twelve of five seconds each without one.
    expect(await run("bash-tmate", "-c", "echo before; exit 7")).toMatchObject({
      status: 7,
      stdout: "before\n" + begin(60) + address.repeat(14) + end,
    });
    expect(await run("bash-tmate", "-c", 'cat "$TMATE_SAID"')).toMatchObject({
      status: 0,
      stdout: `set -g tmate-foreground-restart 0
set -g tmate-server-host "tmate.example"
set -g tmate-server-port 2200
`.repeat(2),
    });
  },
  60_000,
);
