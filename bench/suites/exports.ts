/**
 * Exports beside their peers: a tarball from a registry and from an oci-dir, and a directory, beside
 * `umoci raw unpack` of the oci-dir; a tarball from uncompressed layers beside `cp` of one.
 */
import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imageOf, RECIPES } from "../images.ts";
import { measure, type Measurement, summarize } from "../measure.ts";
import type { Stage } from "../rows.ts";
import { openTheatre, type Theatre } from "../stage.ts";
import type { BenchOptions, Suite } from "../suite.ts";
import { markdown } from "../table.ts";
import { copyWith, nixoci, NODE } from "../tools.ts";

interface ExportRow {
  readonly name: string;
  /** At most this part of the peer's time. */
  readonly ratio: number;
  /** It works on the image uncompressed, and on a tarball of it. */
  readonly plain?: boolean;
  ours(places: Places): string[];
  theirs(places: Places): string[];
}

/** What the commands work on. */
interface Places {
  readonly layout: string;
  readonly registry: string;
  /** The same image with uncompressed layers. */
  readonly plain: string;
  /** A tarball of it. */
  readonly tarball: string;
  /** What does not exist yet. */
  readonly output: string;
}

const unpack = ({ layout, output }: Places) => {
  return ["umoci", "raw", "unpack", "--image", `${layout}:bench`, output];
};
const tarball = (from: string, output: string) => {
  return [...NODE, "export", "--quiet", "--tls-verify=false", from, "-o", output];
};

const ROWS: readonly ExportRow[] = [
  {
    name: "registry to tarball, umoci: oci-dir to directory",
    ratio: 0.4,
    ours: ({ registry, output }) => tarball(`registry:${registry}/bench:latest`, output),
    theirs: unpack,
  },
  {
    name: "oci-dir to tarball, umoci: to directory",
    ratio: 0.4,
    ours: ({ layout, output }) => tarball(`oci-dir:${layout}:bench`, output),
    theirs: unpack,
  },
  {
    name: "oci-dir to directory, umoci the same",
    ratio: 0.6,
    ours: ({ layout, output }) => {
      return [...NODE, "export", "--quiet", `oci-dir:${layout}:bench`, "--dir", output];
    },
    theirs: unpack,
  },
  {
    name: "uncompressed oci-dir to tarball, cp: a tarball",
    ratio: 2,
    plain: true,
    ours: ({ plain, output }) => tarball(`oci-dir:${plain}:bench`, output),
    theirs: ({ tarball, output }) => ["cp", tarball, output],
  },
];

interface Measured {
  readonly image: string;
  readonly row: string;
  readonly target: number;
  readonly ours: Measurement;
  readonly theirs: Measurement;
}

async function measureExports({ runs, only, image: which }: BenchOptions): Promise<string> {
  const rows = ROWS.filter(({ name }) => name.includes(only));
  const measured: Measured[] = [];
  for (const recipe of RECIPES.filter(({ name }) => name.includes(which))) {
    const image = await imageOf(recipe, join(tmpdir(), "nixoci-bench-images"));
    const theatre = await openTheatre(image);
    try {
      await theatre.withStage(async (stage) => {
        const places = placesOn(stage);
        if (rows.some(({ plain }) => plain)) await prepare(places, theatre.env);
        for (const row of rows) {
          console.error(`${row.name}, ${recipe.name}`);
          const results = await measureRow(row, places, theatre, runs);
          measured.push({ image: recipe.name, row: row.name, target: row.ratio, ...results });
        }
      });
    } finally {
      await theatre.close();
    }
  }
  return table(measured);
}

function placesOn({ image: { layout }, seeded, folder }: Stage): Omit<Places, "output"> {
  return {
    layout,
    registry: seeded,
    plain: join(folder, "plain"),
    tarball: join(folder, "fs.tar"),
  };
}

/** Makes the image uncompressed, and its tarball. */
async function prepare(
  { layout, plain, tarball: file }: Omit<Places, "output">,
  env: Theatre["env"],
): Promise<void> {
  const from = `oci-dir:${layout}:bench`;
  const flags = { nixoci: ["--compress", "none"] };
  await copyWith(nixoci, { from, to: `oci-dir:${plain}:bench`, flags }, env);
  await measure(tarball(from, file), env);
  await stat(file);
}

/** The two in turn; the first of each warms the caches. */
async function measureRow(
  row: ExportRow,
  places: Omit<Places, "output">,
  theatre: Theatre,
  runs: number,
) {
  const [ours, theirs]: Measurement[][] = [[], []];
  for (let i = 0; i <= runs; i++) {
    for (const [found, command] of [[ours!, row.ours], [theirs!, row.theirs]] as const) {
      await theatre.withStage(async ({ folder }) => {
        const once = await measure(
          command({ ...places, output: join(folder, "out") }),
          theatre.env,
        );
        if (i > 0) found.push(once);
      });
    }
  }
  return { ours: summarize(ours!), theirs: summarize(theirs!) };
}

function table(rows: readonly Measured[]): string {
  const seconds = ({ milliseconds }: Measurement) => `${(milliseconds / 1000).toFixed(2)} s`;
  const mebibytes = ({ peak }: Measurement) => `${Math.round(peak / 2 ** 20)} MiB`;
  const head = ["export", "image", "peer", "nixoci", "ratio", "target", "peak memory", "peer's"];
  return markdown(
    head,
    rows.map(({ row, image, target, ours, theirs }) => {
      const ratio = ours.milliseconds / theirs.milliseconds;
      const missed = ratio <= target ? "" : "**missed** ";
      return [
        row,
        image,
        seconds(theirs),
        seconds(ours),
        `${missed}${ratio.toFixed(2)}`,
        target.toFixed(1),
        mebibytes(ours),
        mebibytes(theirs),
      ];
    }),
  );
}

export const suite: Suite = { summary: "exports, beside umoci and cp", run: measureExports };
