/** Arguments of a Dockerfile before its first stage, whose defaults a `FROM` may have. */
import { copyPart, joinTraced, type TracedText } from "./instructions.ts";

/** The defaults by name. */
export type ArgDefaults = ReadonlyMap<string, TracedText>;

const ARG = /^\s*ARG\s/i;
const ASSIGNED = /(?<=\s)([A-Za-z_]\w*)(?:=("[^"]*"|'[^']*'|[^\s"']*))?(?=\s|$)/g;
/** `$X`, `${X}`, `${X:-word}` and `${X-word}`. */
const VARIABLE = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?-)([^{}$]*))?\})/g;

/** Reads the defaults of arguments before the first stage; later ones may have the earlier in them. */
export function readArgDefaults(instructions: readonly TracedText[]): ArgDefaults {
  const defaults = new Map<string, TracedText>();
  for (const instruction of instructions) {
    if (/^\s*FROM\s/i.test(instruction.text)) break;
    if (!ARG.test(instruction.text)) continue;
    for (const { 0: whole, 1: name = "", 2: value, index } of instruction.text.matchAll(ASSIGNED)) {
      defaults.delete(name);
      if (value === undefined) continue;
      const quote = /^["']/.test(value) ? 1 : 0;
      const end = index + whole.length - quote;
      const inner = copyPart(instruction, end - value.length + 2 * quote, end);
      defaults.set(name, putDefaults(inner, defaults));
    }
  }
  return defaults;
}

/** Puts defaults in the place of variables; those that have none stay as they are. */
export function putDefaults(traced: TracedText, defaults: ArgDefaults): TracedText {
  const parts: TracedText[] = [];
  let done = 0;
  for (const found of traced.text.matchAll(VARIABLE)) {
    const { 0: whole, 1: bare, 2: braced = "", 3: how, 4: word = "", index } = found;
    const end = index + whole.length;
    const known = defaults.get(bare ?? braced);
    const isMissing = known === undefined || how === ":-" && known.text === "";
    const otherwise = how === undefined
      ? copyPart(traced, index, end)
      : copyPart(traced, end - 1 - word.length, end - 1);
    parts.push(copyPart(traced, done, index), isMissing ? otherwise : known);
    done = end;
  }
  return joinTraced([...parts, copyPart(traced, done)]);
}
