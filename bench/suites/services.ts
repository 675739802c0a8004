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
import { median } from "../measure.ts";
import type { Suite } from "../suite.ts";
import { mark, markdown, showTime } from "../table.ts";

/** Milliseconds that the init may add. */
const TARGET = 100;

/** Bytes that the init's own layer may have. */
const LARGEST = 200_000;

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

/** What was measured: the starts of each case, turn by turn, and the bytes of the init's own layer. */
interface MeasuredStarts {
  readonly cases: readonly (readonly Start[])[];
  readonly layer: number;
}

async function measureCases(host: string, folder: string, runs: number): Promise<MeasuredStarts> {
  let layer = NaN;
  for (const [i, { spec }] of CASES.entries()) {
    const asked = { name: "s", copyToRoot: "root", copiesInStore: false, ...spec };
    const result = await build(await checkSpec(asked, "the spec"), { folder, onNotice: () => {} });
    // The init comes before its services, on top of all others.
    layer = result.image.layers.at(-2)?.descriptor.size ?? layer;
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
  return { cases: all, layer };
}

function tableOf({ cases: [bare, ...others], layer }: MeasuredStarts): string {
  // Of turns, each beside the bare one of its turn: the machine does not stay the same.
  const medianOf = (starts: readonly Start[], field: keyof Start) =>
    median(starts.map((one) => one[field]));
  const moreOf = (starts: readonly Start[], field: keyof Start) =>
    median(starts.map((one, turn) => one[field] - bare![turn]![field]));
  const rows = others.map((starts, i) => [
    CASES[i + 1]!.name,
    showTime(medianOf(starts, "wall")),
    `${mark(moreOf(starts, "wall") <= TARGET)}${showTime(moreOf(starts, "wall"))}`,
    `${TARGET} ms`,
    showTime(moreOf(starts, "processor")),
  ]);
  const head = [
    "from `docker start` to its start",
    "time",
    "more",
    "target",
    "of processors, more",
  ];
  const first = [CASES[0]!.name, showTime(medianOf(bare!, "wall")), "–", "–", "–"];
  const size = `The init's own layer has ${
    mark(layer < LARGEST)
  }${layer} bytes, of at most ${LARGEST}.`;
  return `${markdown(head, [first, ...rows])}\n\n${size}`;
}

export const suite: Suite = {
  summary: "how long a container takes to start its first service, beside an entry point",
  needs: ["docker", "dockerd", "s6-svscan"],
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
