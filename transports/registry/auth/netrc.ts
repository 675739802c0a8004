/**
 * Netrc files: `machine HOST login USER password SECRET`, as curl, git and Nix's fetchers read them.
 * @see https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html
 */

/** A word, or one in quotes, in which a backslash takes what follows it as it is. */
const WORD = /"((?:[^"\\]|\\.)*)"|(\S+)/gs;

const BEGINNING = /^(?:\s|#[^\n]*(?:\n|$))*(?:machine|default|macdef)\s/;

/** Tells whether a file's text is a netrc file's. */
export function isNetrc(text: string): boolean {
  return BEGINNING.test(`${text} `);
}

/** The login and password for a machine. */
export interface NetrcEntry {
  readonly username: string;
  readonly password: string;
}

/**
 * The entries by machine, the first for each. Entries that lack a login or a password are left out,
 * and so is `default`: it would give a secret to whatever host is named.
 */
export function parseNetrc(text: string): ReadonlyMap<string, NetrcEntry> {
  const entries = new Map<string, NetrcEntry>();
  let current: { machine?: string | undefined; login?: string; password?: string } = {};
  const keep = (): void => {
    const { machine, login, password } = current;
    if (machine === undefined || !login || password === undefined || entries.has(machine)) return;
    entries.set(machine, { username: login, password });
  };
  const words = wordsOf(text);
  for (let word = words.next().value; word !== undefined; word = words.next().value) {
    if (word === "machine" || word === "default") {
      keep();
      current = word === "machine" ? { machine: words.next().value } : {};
    } else if (word === "login" || word === "password") {
      current = { ...current, [word]: words.next().value };
    } else if (word === "account") words.next();
  }
  keep();
  return entries;
}

/** Returns the words, without comments and without macros, which go up to an empty line. */
function* wordsOf(text: string): Generator<string, undefined> {
  const plain = text.replace(/^[ \t]*macdef\b[^]*?(?:\n[ \t]*\n|$(?![^]))/gm, "\n")
    .replace(/^[ \t]*#.*$/gm, "");
  for (const [, quoted, word] of plain.matchAll(WORD)) {
    yield word ?? quoted!.replace(/\\(.)/gs, "$1");
  }
  return undefined;
}
