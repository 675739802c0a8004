/** What the measurements need around them: registries, folders, a home of their own. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeEnvironment } from "../test/e2e/support/environment.ts";
import { startGuarded } from "../test/e2e/support/guarded.ts";
import { type RunningRegistry, startRegistry } from "../test/e2e/support/registry.ts";
import type { BenchImage } from "./images.ts";
import { nixoci, prepareBy } from "./tools.ts";

/** What one measurement may use; everything that it makes is thrown away afterwards. */
export interface Stage {
  readonly image: BenchImage;
  /** `host:port` of a registry that holds the image as `bench:latest`. */
  readonly seeded: string;
  /** A folder for this measurement alone. */
  readonly folder: string;
  /** `host:port` of a registry that holds nothing. */
  emptyRegistry(): Promise<string>;
}

/** Everything around the measurements of one image. */
export interface Theatre {
  readonly env: Readonly<Record<string, string>>;
  /** Gives a stage to one measurement, and clears it away afterwards. */
  withStage<T>(act: (stage: Stage) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Starts a registry, fills it with the image, and reads the image once so that it is cached. */
export async function openTheatre(image: BenchImage): Promise<Theatre> {
  const folder = await mkdtemp(join(tmpdir(), "nixoci-bench-"));
  const env = await makeEnvironment(folder);
  // a server that does nothing: its guard removes the folder, even when we are killed
  const all = await startGuarded(["sleep", "infinity"], { folder, env, ready: () => true });
  let count = 0;
  const registry = (): Promise<RunningRegistry> => {
    return startRegistry({ folder: join(folder, `registry-${++count}`), env });
  };
  const seeded = await registry();
  const close = async () => {
    await seeded.stop();
    await all.stop();
  };
  try {
    const to = `registry:${seeded.host}/bench:latest`;
    await prepareBy(nixoci("copy", `oci-dir:${image.layout}:bench`, to), env);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    env,
    close,
    async withStage(act) {
      const own = join(folder, `stage-${++count}`);
      await mkdir(own);
      const empty: RunningRegistry[] = [];
      const emptyRegistry = async () => {
        const started = await registry();
        empty.push(started);
        return started.host;
      };
      try {
        return await act({ image, seeded: seeded.host, folder: own, emptyRegistry });
      } finally {
        for (const { stop } of empty) await stop();
        await rm(own, { recursive: true, force: true });
      }
    },
  };
}
