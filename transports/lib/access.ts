/**
 * A transport's flags as plain data, and the options that they make: a command line learns from them
 * how to reach a place. Light, since every command has these flags, and few load the transport.
 */

/** A flag of a transport. */
export interface AccessFlag {
  readonly summary: string;
  /** The kind of value that follows it: nothing where it is a switch. */
  readonly takes: "text" | "file" | "folder" | "nothing";
  /** A word for what follows it, where `file` and `folder` do not say it. */
  readonly value?: string;
  readonly aliases?: readonly string[];
  /** A switch that can also be turned off: `--no-NAME`, `--NAME=false`. */
  readonly canBeOff?: boolean;
  /** It is the same for both sides of a copy, and has no `--src-` and `--dest-`. */
  readonly isForBoth?: boolean;
  /**
   * Flags that answer the same question: a side that has an answer of its own takes none from the
   * flags for both sides.
   */
  readonly answers?: string;
}

/** Flags by their names, without dashes. */
export type AccessFlags = Readonly<Record<string, AccessFlag>>;

/** The values of flags: whether a switch is on, the text of all others. */
export type AccessValues<F extends AccessFlags> = {
  readonly [Name in keyof F]?: F[Name]["takes"] extends "nothing" ? boolean : string;
};

/** A transport's flags, and what they say in terms of its options. */
export interface Access<F extends AccessFlags, Options> {
  readonly flags: F;
  read(values: AccessValues<F>): Options;
}

/** Declares a transport's flags. The compiler holds `read` to their names and to what they take. */
export function defineAccess<const F extends AccessFlags, Options>(
  flags: F,
  read: (values: AccessValues<F>) => Options,
): Access<F, Options> {
  return { flags, read };
}
