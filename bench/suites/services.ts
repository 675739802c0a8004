/** How much later a program starts as a service than as the entry point of its image. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../../src/compose/build.ts";
import { sourceOf } from "../../src/compose/source.ts";
import { checkSpec } from "../../src/compose/spec/read.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { copy } from "../../src/copy/copy.ts";
import { run } from "../../test/e2e/support/command.ts";
import { type Engine, startDocker } from "../../test/e2e/support/engines.ts";
import { makeEnvironment } from "../../test/e2e/support/environment.ts";
import { makeServiceRoot } from "../../test/e2e/support/service-root.ts";
import { openSink } from "../../transports/mod.ts";
import type { Suite } from "../suite.ts";
import { mark, markdown, showTime } from "../table.ts";

/** Milliseconds that the init may add. */
const TARGET = 100;

/** The program says when it has been started, and what the container has taken of processors. */
const CLOCK = [
  "sh",
  "-c",
  "echo $(date +%s%N) $(cat /sys/fs/cgroup/cpuacct/cpuacct.usage 2> /dev/null ||" +
  " sed -n 's/usage_usec \\(.*\\)/\\1000/p' /sys/fs/cgroup/cpu.stat)",
];

const services = (count: number, more: object = {}): Spec["services"] =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`s${i}`, { execStart: CLOCK, ...more }]),
  );

const CASES: readonly { readonly name: string; readonly spec: Spec }[] = [
  { name: "the entry point", spec: { config: { Entrypoint: CLOCK } } },
  { name: "a service", spec: { services: services(1) } },
  { name: "a service of another user", spec: { services: services(1, { user: "alice" }) } },
  { name: "the first of twenty", spec: { services: services(20) } },
];

/** Milliseconds until the first program of a container runs. */
interface Start {
  readonly wall: number;
  /** The time of processors that the container has taken until then. */
  readonly processor: number;
}

/** Starts a container of an image. */
async function measureStart(host: string, image: string): Promise<Start> {
  const docker = (...words: string[]) => run(["docker", "--host", host, ...words]);
  // Its share of a busy machine is as large as can be.
  const flags = ["--network", "none", "--cpu-shares", "262144"];
  const id = (await docker("create", ...flags, image)).trim();
  const begin = Date.now();
  await docker("start", "--attach", id);
  const said = (await docker("logs", id)).trim().split("\n")
    .map((line) => line.split(" ").map((word) => Number(word) / 1e6));
  await docker("rm", id);
  const [time = NaN, processor = NaN] = said.sort(([a = 0], [b = 0]) => a - b)[0] ?? [];
  return { wall: time - begin, processor };
}

async function measureCases(host: string, folder: string, runs: number): Promise<Start[]> {
  for (const [i, { spec }] of CASES.entries()) {
    const asked = { name: "s", copyToRoot: "root", copiesInStore: false, ...spec };
    const result = await build(await checkSpec(asked, "the spec"), { folder, onNotice: () => {} });
    const sink = await openSink(`daemon:services:${i}`, { host });
    await copy(sourceOf({ image: result.image, name: undefined }), sink);
    await sink[Symbol.asyncDispose]();
    await result[Symbol.asyncDispose]();
  }
  const all = CASES.map((): Start[] => []);
  for (let turn = 0; turn <= runs; turn++) {
    for (const i of CASES.keys()) {
      const start = await measureStart(host, `services:${i}`);
      if (turn > 0) all[i]!.push(start);
    }
  }
  return all.map((starts) => ({
    wall: Math.min(...starts.map(({ wall }) => wall)),
    processor: Math.min(...starts.map(({ processor }) => processor)),
  }));
}

function tableOf([bare, ...others]: readonly Start[]): string {
  const rows = others.map(({ wall, processor }, i) => [
    CASES[i + 1]!.name,
    showTime(wall),
    `${mark(wall - bare!.wall <= TARGET)}${showTime(wall - bare!.wall)}`,
    `${TARGET} ms`,
    showTime(processor - bare!.processor),
  ]);
  const head = [
    "from `docker start` to its start",
    "time",
    "more",
    "target",
    "of processors, more",
  ];
  return markdown(head, [[CASES[0]!.name, showTime(bare!.wall), "–", "–", "–"], ...rows]);
}

export const suite: Suite = {
  summary: "how long a container takes to start its first service, beside an entry point",
  async run({ runs }) {
    const folder = await mkdtemp(join(tmpdir(), "nixoci-bench-"));
    const env = await makeEnvironment(folder);
    let engine: Engine | undefined;
    try {
      engine = await startDocker(join(folder, "docker"), env);
      await makeServiceRoot(join(folder, "root"));
      return tableOf(await measureCases(engine.host, folder, 4 * runs));
    } finally {
      await engine?.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
