import { execFile } from "node:child_process";
import { constants, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { collectStream } from "../../../src/bytes/stream.ts";
import { openNamedPipe, readNamedPipe } from "../../../src/bytes/disk/fifo.ts";
import { temporaryFolder } from "../../support/folder.ts";

const run = promisify(execFile);
const LIMIT = 1 << 26;
const data = Buffer.alloc(3_000_000, "0123456789");

async function fifo(): Promise<string> {
  const path = join(await temporaryFolder(), "fifo");
  await run("mkfifo", [path]);
  return path;
}

/** Another end that is there, and neither reads nor writes. */
async function idlePeer(path: string): Promise<void> {
  const peer = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
  onTestFinished(() => peer.close());
}

/** A signal that comes when whoever has it waits already. */
function soon(): AbortSignal {
  const controller = new AbortController();
  void setTimeout(50).then(() => controller.abort(new Error("enough")));
  return controller.signal;
}

it("reads and writes, whoever comes first", async () => {
  for (const wait of [0, 20]) {
    const path = await fifo();
    await writeFile(`${path}.data`, data);
    // Another process: Deno writes to FIFOs in its main thread, where we would read.
    const written = setTimeout(wait).then(() => run("cp", [`${path}.data`, path]));
    expect(data.equals(await collectStream(readNamedPipe(path), LIMIT, path))).toBe(true);
    await written;
    const got = setTimeout(wait).then(() => run("cp", [path, `${path}.got`]));
    const end = await openNamedPipe(path);
    await end.write(data);
    await end.close();
    await got;
    expect(data.equals(await readFile(`${path}.got`))).toBe(true);
  }
});

it("stops waiting for a writer when it is told to", async () => {
  await expect(collectStream(readNamedPipe(await fifo(), soon()), LIMIT, "it")).rejects.toThrow(
    "enough",
  );
});

it("stops waiting for a writer that says nothing", async () => {
  const path = await fifo();
  await idlePeer(path);
  await expect(collectStream(readNamedPipe(path, soon()), LIMIT, "it")).rejects.toThrow("enough");
});

it("stops waiting for a reader when it is told to", async () => {
  const path = await fifo();
  const signal = soon();
  const writing = async () => {
    const end = await openNamedPipe(path, signal);
    onTestFinished(() => end.close());
    await end.write(data);
  };
  await expect(writing()).rejects.toThrow("enough");
});

// On Deno no signal arrives while the main thread waits in a write.
it.skipIf("Deno" in globalThis)("stops waiting for a reader that reads nothing", async () => {
  const path = await fifo();
  await idlePeer(path);
  const end = await openNamedPipe(path, soon());
  onTestFinished(() => end.close());
  await expect((async () => {
    for (;;) await end.write(data);
  })()).rejects.toThrow("enough");
});

it("says what went wrong with which pipe", async () => {
  const path = join(await temporaryFolder(), "none");
  const expected = { code: "NOT_FOUND", message: expect.stringContaining(path) };
  await expect(collectStream(readNamedPipe(path), LIMIT, "it")).rejects.toMatchObject(expected);
  const folder = await temporaryFolder();
  await expect(openNamedPipe(folder)).rejects.toMatchObject({ code: "IO" });
});
