/** Files that people write: YAML, of which JSON is a part, with the lines that its values stand in. */
import { type Alias, isAlias, isNode, LineCounter, parseDocument, visit } from "yaml";
import { NixociError, reasonOf } from "../../base/errors.ts";

/** The keys and positions that lead to a value. */
export type Path = readonly PropertyKey[];

/** Finds the line of the value that a path leads to: `mirror.yaml:12`. */
export type FindLine = (path: Path) => string;

/** A file's value, and where its parts stand. */
export interface YamlDocument {
  readonly value: unknown;
  /** Returns where the value of the path stands, or what is nearest above it: `mirror.yaml:12`. */
  readonly whereIs: FindLine;
  /** Returns a value as it is written: `1.10` is a number for YAML, which would be shown as 1.1. */
  readonly writtenAt: (path: Path) => string | undefined;
  /** The place of a key that was there before: which of them counts, readers do not agree on. */
  readonly twice?: string;
}

/** Refuses a document with a key that is there twice. @throws NixociError `MALFORMED`. */
export function refuseTwice({ twice }: YamlDocument): void {
  if (twice === undefined) return;
  throw new NixociError("MALFORMED", `${twice}: this key is there twice`, {
    hint: "leave one of them out",
  });
}

/** Leaves out fields whose names begin with `x-`: they only hold what others repeat. */
export function omitNotes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(omitNotes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => !key.startsWith("x-"))
      .map(([key, inner]) => [key, omitNotes(inner)]),
  );
}

// A file with ten aliases in each other would be as large as memory.
const MAX_ALIASES = 1000;

/**
 * Parses a file.
 * @param name what it is called in messages.
 * @throws NixociError `MALFORMED`, with the line.
 */
export function parseYaml(text: string, name: string): YamlDocument {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, merge: true, prettyErrors: false });
  const hasLines = text.trimEnd().includes("\n");
  const lineOf = (offset: number) =>
    hasLines ? `${name}:${lineCounter.linePos(offset).line}` : name;
  const isTwice = ({ code }: { readonly code: string }) => code === "DUPLICATE_KEY";
  const error = document.errors.find((error) => !isTwice(error));
  if (error !== undefined) {
    throw new NixociError("MALFORMED", `${lineOf(error.pos[0])}: ${error.message}`);
  }
  const twice = document.errors.find(isTwice);
  const nodeAt = (path: Path) => document.getIn(path, true) as WrittenNode | undefined;
  return {
    value: readValue(),
    ...twice && { twice: lineOf(twice.pos[0]) },
    writtenAt: (path) => nodeAt(path)?.source,
    whereIs(path) {
      for (let length = path.length; length > 0; length--) {
        const offset = nodeAt(path.slice(0, length))?.range?.[0];
        if (offset !== undefined) return lineOf(offset);
      }
      return name;
    },
  };

  function readValue(): unknown {
    const endless = findAlias(isInItself);
    if (endless !== undefined) {
      throw new NixociError("MALFORMED", `${endless}: this alias stands for what it is in itself`, {
        hint: "write out what is meant: it would have no end",
      });
    }
    try {
      return document.toJS({ maxAliasCount: MAX_ALIASES });
    } catch (cause) {
      const where = findAlias((node) => node.resolve(document) === undefined) ?? name;
      throw new NixociError("MALFORMED", `${where}: ${reasonOf(cause)}`, { cause });
    }
  }

  // Names first: to resolve an alias, all of the document is gone through.
  function isInItself(node: Alias, above: readonly unknown[]): boolean {
    const isNamed = above.some((one) =>
      isNode(one) && "anchor" in one && one.anchor === node.source
    );
    return isNamed && above.includes(node.resolve(document));
  }

  /** Finds the line of the first alias of a kind. */
  function findAlias(
    isMeant: (node: Alias, above: readonly unknown[]) => boolean,
  ): string | undefined {
    let found: string | undefined;
    visit(document, {
      Alias(_, node, above) {
        if (!isAlias(node) || !isMeant(node, above)) return undefined;
        found = lineOf(node.range?.[0] ?? 0);
        return visit.BREAK;
      },
    });
    return found;
  }
}

/** The part of what `yaml` knows of a value that matters here. */
interface WrittenNode {
  readonly range?: readonly number[];
  readonly source?: string;
}
