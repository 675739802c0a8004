/** `nixoci explore --serve`: the page at an address, for this machine alone. */
import { request } from "node:http";
import { expect, it } from "vitest";
import { copy } from "../../../src/copy/copy.ts";
import { openSink } from "../../../transports/mod.ts";
import { stack } from "../../flatten/support/stack.ts";
import { sourceOf } from "../../support/images.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { outcomes } from "../run.ts";
import { startVerb } from "./serve/start.ts";

async function putImage(folder: string, file: string): Promise<void> {
  await using sink = await openSink(`oci-dir:${folder}:app`);
  await copy(sourceOf({ app: await stack([[file]]) }), sink);
}

/** The status of a request whose Host header is another. */
function statusFor(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    });
    sent.on("error", reject).end();
  });
}

it("shows the image as it is now, until it is stopped", async () => {
  const folder = `${await temporaryFolder()}/images`;
  await putImage(folder, "first: 1");
  const { url, greeting, stop, log } = await startVerb("explore", [
    "--serve",
    `oci-dir:${folder}:app`,
  ]);
  expect(greeting).toBe(`showing it at ${url}/`);
  const page = await fetch(url);
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(await page.text()).toContain("/first");
  await putImage(folder, "second: 2");
  expect(await (await fetch(url)).text()).toContain("/second");
  expect((await fetch(`${url}/other`)).status).toBe(404);
  expect((await fetch(url, { method: "POST" })).status).toBe(405);
  expect(await statusFor(url, "evil.example:80")).toBe(421);
  expect(await statusFor(url, url.replace("http://127.0.0.1", "localhost"))).toBe(200);
  expect(await stop("SIGINT"), log()).toEqual([0, null]);
});

it("says at once what is wrong", async () => {
  const [missing, both, alone, port] = await outcomes([
    ["explore", "--serve", "oci-dir:examples/none"],
    ["explore", "--serve", "-o", "x.html", "oci-dir:examples/hello"],
    ["explore", "--listen", "1", "oci-dir:examples/hello"],
    ["explore", "--serve", "--listen", "x:y", "oci-dir:examples/hello"],
  ]);
  expect(missing?.status).toBe(1);
  expect(missing?.stderr).toMatch(/^nixoci: .*examples\/none.*\n$/);
  expect([both, alone, port].map((one) => one?.status)).toEqual([2, 2, 2]);
  expect(port?.stderr).toContain("--listen");
});
