/** The output of scripts: lines for people, and what they say of a failure. */
import type { OnNotice } from "../../base/notices.ts";
import { SCRIPT_PATH } from "../../sandbox/command.ts";

/** The output of a script, as far as it explains why it failed. */
export interface ScriptOutput {
  /** Takes what it prints, as it comes. */
  add(bytes: Uint8Array): void;
  /** Tells of a last line without an end. */
  end(): void;
  /** The line of the script that was named last. */
  readonly line: number | undefined;
  /** The last line with one of the texts that {@link SIGNS} lists. */
  readonly sign: string | undefined;
}

/** In characters: a longer line is cut into pieces. */
const LONGEST = 8192;

/** The words of programs where the reason is how scripts run here. */
const SIGNS =
  /read-only file system|command not found|: not found|cannot (?:lock|open) \/etc\/|chown: .*invalid argument|no space left on device|exec format error/i;

const LINE = new RegExp(`${SCRIPT_PATH}: line ([1-9]\\d*)`);

/** Begins to listen; each line becomes a notice. */
export function watchOutput(field: string, onNotice: OnNotice | undefined): ScriptOutput {
  const decoder = new TextDecoder();
  let rest = "";
  let line: number | undefined;
  let sign: string | undefined;
  const tell = (text: string) => {
    const number = LINE.exec(text)?.[1];
    if (number !== undefined) line = Number(number);
    if (SIGNS.test(text)) sign = text;
    onNotice?.({ code: "OUTPUT", message: `${field}: ${text.replace(`${SCRIPT_PATH}: `, "")}` });
  };
  return {
    add(bytes) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const one of lines) tell(one.slice(0, LONGEST));
      if (rest.length > LONGEST) tell(rest.slice(0, LONGEST)), rest = "";
    },
    end() {
      if (rest !== "") tell(rest);
      rest = "";
    },
    get line() {
      return line;
    },
    get sign() {
      return sign;
    },
  };
}
