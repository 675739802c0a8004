/**
 * The statement of how systemd reads files of variables (env-file.c): the tests hold systemd to it, and
 * what the init's scripts read is compared with it.
 */

type State =
  | "before key"
  | "key"
  | "before value"
  | "value"
  | "value escape"
  | "single"
  | "double"
  | "double escape"
  | "comment"
  | "comment escape";

const BLANK = /[ \t\n\r]/;
const LINE_END = /[\n\r]/;

/** Reads the variables; later ones win. @param old comments of systemd before 254 go on after a backslash. */
export function readVariables(text: string, old = false): Map<string, string> {
  const variables = new Map<string, string>();
  let state: State = "before key";
  let [key, value, gap] = ["", "", ""];
  const end = () => {
    if (/^[A-Za-z_]\w*$/.test(key.trimEnd())) variables.set(key.trimEnd(), value);
    [key, value, gap, state] = ["", "", "", "before key"];
  };
  /** Adds to a value; the blanks before it turn out not to be its last. */
  const add = (char: string) => [value, gap] = [value + gap + char, ""];
  const steps: Record<State, (char: string) => void> = {
    "before key": (char) => {
      if (/[#;]/.test(char)) state = "comment";
      else if (!BLANK.test(char)) [key, state] = [char, "key"];
    },
    key: (char) => {
      if (LINE_END.test(char)) [key, state] = ["", "before key"];
      else if (char === "=") state = "before value";
      else key += char;
    },
    "before value": (char) => {
      const opened = ({ "'": "single", '"': "double", "\\": "value escape" } as const)[char];
      if (LINE_END.test(char)) end();
      else if (opened !== undefined) state = opened;
      else if (!BLANK.test(char)) [state] = ["value", add(char)];
    },
    // Quotes are plain in it, unless the value begins with one.
    value: (char) => {
      if (LINE_END.test(char)) end();
      else if (char === "\\") [state] = ["value escape", add("")];
      else if (BLANK.test(char)) gap += char;
      else add(char);
    },
    "value escape": (char) => {
      state = "value";
      if (!LINE_END.test(char)) add(char);
    },
    single: (char) => char === "'" ? state = "before value" : add(char),
    double: (char) => {
      if (char === '"') state = "before value";
      else if (char === "\\") state = "double escape";
      else add(char);
    },
    "double escape": (char) => {
      state = "double";
      if (char !== "\n") add(/["\\`$]/.test(char) ? char : `\\${char}`);
    },
    comment: (char) => {
      if (old && char === "\\") state = "comment escape";
      else if (LINE_END.test(char)) state = "before key";
    },
    "comment escape": () => state = "comment",
  };
  for (const char of text) steps[state](char);
  if (!["before key", "key", "comment", "comment escape"].includes(state)) end();
  return variables;
}
