/** The tools that are compared, and how each is told to copy. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Places in the spelling that all tools here share; plain HTTP is allowed on both sides. */
export interface CopyJob {
  readonly from: string;
  readonly to: string;
  /** What a tool must be told so that both do the same work. */
  readonly flags?: Readonly<Partial<Record<"nixoci" | "skopeo", readonly string[]>>>;
  /** The words of nixoci's verb for it, where that is not `copy`. */
  readonly words?: readonly string[];
}

export interface Tool {
  readonly name: "nixoci" | "nixoci on Deno" | "skopeo";
  /** The command line that copies. */
  copy(job: CopyJob): string[];
}

const launcher = new URL("../bin/nixoci.js", import.meta.url).pathname;

/** How the command line of nixoci starts on Node. */
export const NODE = [process.execPath, launcher];

export const nixoci: Tool = {
  name: "nixoci",
  copy: ({ from, to, flags, words = ["copy", "--quiet", ...flags?.nixoci ?? [], from, to] }) => [
    ...NODE,
    ...words,
  ],
};

export const skopeo: Tool = {
  name: "skopeo",
  // deno-fmt-ignore
  copy: ({ from, to, flags }) => ["skopeo", "--insecure-policy", "copy", "--quiet",
    "--src-tls-verify=false", "--dest-tls-verify=false", ...flags?.skopeo ?? [], from, to],
};

/** nixoci on the Deno of our dependencies. */
export async function nixociOnDeno(): Promise<Tool> {
  // the package's own command starts Node first; what it starts is what is measured
  const command = new URL("../node_modules/.bin/deno", import.meta.url).pathname;
  const { stdout } = await run(command, ["eval", "console.log(Deno.execPath())"]);
  return {
    name: "nixoci on Deno",
    copy: (job) => [stdout.trim(), "run", "--allow-all", ...nixoci.copy(job).slice(1)],
  };
}

/** Runs the tool once, unmeasured: to make what a comparison begins with. */
export async function copyWith(
  tool: Tool,
  job: CopyJob,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const [program = "", ...args] = tool.copy(job);
  await run(program, args, { env: { ...env } });
}
