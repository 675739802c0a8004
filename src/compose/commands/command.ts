/** The commands of a SPEC's `run`. Plain data. */
import type { SandboxLimits } from "../../sandbox/command.ts";

/** The powers of scripts and commands. */
export interface ScriptPowers {
  readonly network: boolean;
  readonly limits: SandboxLimits;
}

/** A command that runs on all layers that are there, and whose changes are one layer more. */
export interface SpecCommand extends ScriptPowers {
  /** The field that names it: `run[0]`. */
  readonly at: string;
  /** A text, which the image's shell runs; or words, the first of which is a program. */
  readonly run: string | readonly string[];
}
