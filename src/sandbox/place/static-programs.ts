/**
 * Refuses static programs, which fakeroot does not see: they would take the owners that it keeps for
 * root's, and write them down so, without a word. From 6.7 on, Linux lets a namespace say who runs
 * what (binfmt_misc): a script that names the program, and fails.
 * @see https://www.kernel.org/doc/html/latest/admin-guide/binfmt-misc.html
 */
import { endianness } from "node:os";
import { quoteWord } from "../../nix/derivation/attributes/structured.ts";
import { GIVE_IDS } from "../system/refusal.ts";

/** The path at which a command finds the script. */
const REFUSAL_PATH = "/dev/nixoci-refuse";

/** Types of an ELF file's segments. */
const [LOAD, NOTE, HEADERS] = [1, 4, 6];

/** The type of a program that is not made to lie anywhere. */
const FIXED = 2;

type FormField = readonly [offset: number, bytes: Uint8Array];

/** Returns the fields by which segments of a 64-bit program are told, in their order. */
function segmentsOf(...types: readonly number[]): FormField[] {
  return types.map((type, i) => [64 + 56 * i, numberOf(type, 4)]);
}

function numberOf(value: number, size: 2 | 4): Uint8Array {
  const bytes = Buffer.alloc(size);
  bytes[endianness() === "LE" ? 0 : size - 1] = value;
  return bytes;
}

const ELF: FormField = [0, Buffer.from("\x7fELF")];
const WIDE: FormField = [4, Uint8Array.of(2)];

/**
 * The forms of programs that no loader starts, which has a segment of its own before these: as GNU ld,
 * Go and lld make them. Loaders look so themselves. Programs of 32 bits cannot load the library.
 */
const FORMS: Readonly<Record<string, readonly FormField[]>> = {
  static: [ELF, WIDE, ...segmentsOf(LOAD)],
  go: [ELF, WIDE, [16, numberOf(FIXED, 2)], ...segmentsOf(HEADERS, NOTE)],
  lld: [ELF, WIDE, ...segmentsOf(HEADERS, LOAD, LOAD)],
  narrow: [ELF, [4, Uint8Array.of(1)]],
};

/** Formats a line that registers a form; the kernel reads the escapes. */
function formatRule(name: string, fields: readonly FormField[]): string {
  const [at, last] = fields.at(-1)!;
  const magic = Buffer.alloc(at + last.length);
  const mask = Buffer.alloc(magic.length);
  for (const [offset, bytes] of fields) {
    magic.set(bytes, offset);
    mask.fill(0xff, offset, offset + bytes.length);
  }
  const escape = (bytes: Buffer) => bytes.toString("hex").replace(/../g, "\\x$&");
  return `:nixoci-${name}:M::${escape(magic)}:${escape(mask)}:${REFUSAL_PATH}:`;
}

/** Formats lines that refuse static programs from now on, or say on standard output that nothing does. */
export function formatStaticRefusal(): string {
  const rules = Object.entries(FORMS).map(([name, fields]) => formatRule(name, fields));
  const register = rules.map((rule) => `printf %s ${quoteWord(rule)} > programs/register`);
  return `mkdir programs
{ mount -n -t binfmt_misc nixoci programs && ${register.join(" && ")}; } 2>/dev/null || {
  echo "nixoci: this Linux cannot refuse static programs, as 6.7 does: where they copy files, owners" \\
    "that are not root's are lost; ${GIVE_IDS}"; }`;
}

/** Ends the refusal. */
export const END_STATIC_REFUSAL = "umount programs 2>/dev/null || :";

/** Makes the script, in the folder that will be the root. @param shell runs it, inside. */
export function formatRefusalScript(shell: string): string {
  const text = `#!${shell}
echo "nixoci: $1 is a static program, and fakeroot does not see what that does with owners (${GIVE_IDS})" >&2
exit 126
`;
  return `printf %s ${quoteWord(text)} > .${REFUSAL_PATH}; chmod 755 .${REFUSAL_PATH}`;
}
