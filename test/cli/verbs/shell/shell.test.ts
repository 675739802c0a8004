/** The verb `shell`, on a small store. */
import { beforeAll, describe, expect, it } from "vitest";
import { makeShellStore } from "../../../shell/store.ts";
import { type Outcome, outcomes } from "../../run.ts";

/** Each line has a name; `DRV` is the derivation, `IN` the folder. They run in this order. */
const LINES: Readonly<Record<string, string>> = {
  make: "shell DRV -q oci-dir:IN/out:app --name me/app --tag 1 --max-layers 5",
  inspect: "inspect oci-dir:IN/out:app --json",
  print: "shell --print-env DRV",
  "no destination": "shell DRV",
  "too many": "shell --print-env DRV oci-dir:IN/out",
  "two commands": "shell DRV oci-dir:IN/none --run a --command b",
  "no derivation": "shell IN/closure.json oci-dir:IN/none",
  "taken uid": "shell DRV oci-dir:IN/none --uid 65534",
};

const seen = new Map<string, Outcome>();

describe("nixoci shell", () => {
  beforeAll(async () => {
    const { folder, drv, dispose } = await makeShellStore();
    const flags = ["--store", folder, "--closure", `${folder}/closure.json`];
    const lines = Object.values(LINES).map((line) => [
      ...line.split(" ").map((word) => word.replace("DRV", drv).replace("IN/", `${folder}/`)),
      ...line.startsWith("shell") ? flags : [],
    ]);
    const all = await outcomes(lines);
    Object.keys(LINES).forEach((name, i) => seen.set(name, all[i]!));
    await dispose();
  });

  it("makes an image where it goes", () => {
    expect(seen.get("make")).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^sha256:/),
    });
    const { layers } = JSON.parse(seen.get("inspect")!.stdout);
    expect(layers.length).toBeLessThanOrEqual(5);
  });

  it("prints the environment for a shell", () => {
    const { status, stdout } = seen.get("print")!;
    expect(status).toBe(0);
    expect(stdout).toContain("\nexport name='a-1.0'\n");
  });

  it.each([
    ["no destination", "shell needs DESTINATION"],
    ["too many", "--print-env makes no image"],
    ["two commands", "Cannot run two commands"],
    ["no derivation", "Cannot read the derivation"],
    ["taken uid", "The uid 65534 is taken"],
  ])("refuses %s", (name, message) => {
    const { status, stderr } = seen.get(name)!;
    expect(status).not.toBe(0);
    expect(stderr).toContain(message);
  });
});
