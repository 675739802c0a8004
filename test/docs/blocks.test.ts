/** Every code block of the documents runs as it stands, or is skipped by name with its reason. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse as parseToml } from "smol-toml";
import { checkSpec } from "../../src/compose/spec/read.ts";
import { EMPTY_LOCK, parseLock } from "../../src/lock/mod.ts";
import {
  OTHER_STATUS,
  PREPARATIONS,
  SKIPPED_COMMANDS,
  SKIPPED_LANGUAGES,
  SKIPPED_PROGRAMS,
  STAND_INS,
} from "./marks.ts";
import {
  bareCommand,
  type Block,
  findBlocks,
  listPages,
  readBlocks,
  splitCommands,
} from "./support/pages.ts";
import { checkTypes, placePrograms, runPrograms } from "./support/programs.ts";
import { openWorld, runIn, type World } from "./support/world.ts";
import { spawned } from "../cli/run.ts";
import { temporaryFolder } from "../support/folder.ts";
import { lacks } from "../support/tools.ts";

const blocks = listPages().flatMap(readBlocks);

/** Pages that are one story: what a block makes, those after it use. The others' stand alone. */
const STORIES = ["docs/lock.md", "docs/unpack.md"];

/** Pages of which each section is a story that begins in an empty folder. */
const FROM_NOTHING = ["docs/tutorials.md"];

function blocksIn(language: string): Block[] {
  return blocks.filter((block) => block.language === language);
}

function placeOf({ page, line }: Block): string {
  return `${page}:${line}`;
}

/** Returns the reason for not running a command or program, if there is one. */
function reasonToSkip(code: string, marks = SKIPPED_COMMANDS): string | undefined {
  return marks.find(([pattern]) => pattern.test(bareCommand(code)))?.[1];
}

describe("the blocks of the documents", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  const pages = [...new Set(blocksIn("sh").map(({ page }) => page))];
  it.each(pages)("commands of %s", async (page) => {
    let folder = await world.fullFolder();
    let section = "";
    const failures: string[] = [];
    for (const block of blocksIn("sh").filter((one) => one.page === page)) {
      const commands = splitCommands(block.code).filter((one) => reasonToSkip(one) === undefined);
      if (FROM_NOTHING.includes(page)) {
        if (block.section !== section) folder = await temporaryFolder();
        section = block.section;
      } else if (commands.length > 0 && !STORIES.includes(page)) folder = await world.fullFolder();
      for (const command of commands) {
        const trouble = await runCommand(world, folder, command);
        if (trouble) failures.push(`${placeOf(block)}: ${command}: ${trouble}`);
      }
    }
    expect(failures).toEqual([]);
  });

  it("programs are well typed, and run", async () => {
    const programs = await placePrograms(
      world,
      blocksIn("ts").map((block) => ({ name: placeOf(block), code: fillIn(world, block.code) })),
    );
    expect(await checkTypes(programs, await world.folder())).toBe("");
    const toRun = programs.filter(({ code }) => reasonToSkip(code, SKIPPED_PROGRAMS) === undefined);
    const outcomes = await runPrograms(world, toRun);
    const failures = outcomes.map(({ error }, i) => error && `${toRun[i]!.name}: ${error}`);
    expect(failures.filter(Boolean)).toEqual([]);
  });

  it.each(blocksIn("json").map((block) => [placeOf(block), block.code]))(
    "%s is JSON, a SPEC and a lock are right ones",
    async (place, code) => {
      const text = fillIn(world, code).replaceAll('"mediaType": "…"', '"mediaType": "a/b"');
      const json = JSON.parse(text);
      if ("copyToRoot" in json) await checkSpec(json, place);
      if (json["$schema"] === EMPTY_LOCK.$schema) parseLock(Buffer.from(text), place);
    },
  );

  it.each(blocksIn("toml").map((block) => [placeOf(block), block.code]))(
    "%s is TOML",
    (_, code) => expect(Object.keys(parseToml(code)).length).toBeGreaterThan(0),
  );

  it.skipIf(lacks("nix-instantiate")).each(
    blocksIn("nix").map((block) => [placeOf(block), block.code]),
  )("%s is what Nix can read", async (_, code) => {
    // Of names that the reader has, with { } anything may be one.
    const { status, stderr } = await spawned(
      "nix-instantiate",
      ["--parse", "-"],
      `with { }; ${code}`,
    );
    expect(status, stderr).toBe(0);
  });

  it("are all of a kind that is known, and what is skipped is named", () => {
    const run = ["sh", "ts", "json", "toml"];
    const others = blocks.filter(({ language }) => !run.includes(language));
    expect(others.filter(({ language }) => !(language in SKIPPED_LANGUAGES)).map(placeOf))
      .toEqual([]);
    const commands = blocksIn("sh").flatMap((block) =>
      splitCommands(block.code).map((command) => ({ block, command }))
    );
    const skipped = commands.filter(({ command }) => reasonToSkip(command) !== undefined);
    const programs = blocksIn("ts").map((block) => ({
      block,
      reason: reasonToSkip(block.code, SKIPPED_PROGRAMS),
    }));
    console.log([
      ...others.map((block) => `skipped ${placeOf(block)}: ${SKIPPED_LANGUAGES[block.language]}`),
      ...programs.filter(({ reason }) => reason !== undefined)
        .map(({ block, reason }) => `skipped ${placeOf(block)}: ${reason}`),
      ...skipped.map(({ block, command }) =>
        `skipped ${placeOf(block)}: ${reasonToSkip(command)}: ${bareCommand(command)}`
      ),
    ].join("\n"));
    const idle = [...SKIPPED_COMMANDS, ...OTHER_STATUS, ...PREPARATIONS].map(([pattern]) => pattern)
      .filter((pattern) => !commands.some(({ command }) => pattern.test(bareCommand(command))));
    expect(idle, "marks that fit no command").toEqual([]);
  });
});

/** Runs a command of a document. @returns what went wrong, if anything did. */
async function runCommand(
  world: World,
  folder: string,
  command: string,
): Promise<string | undefined> {
  const before = PREPARATIONS.filter(([pattern]) => pattern.test(command)).map(([, one]) => one);
  for (const one of before) await runIn(world, folder, one);
  const { status, stderr } = await runIn(world, folder, fillIn(world, command));
  const wanted = OTHER_STATUS.find(([pattern]) => pattern.test(command))?.[1] ?? 0;
  return status === wanted ? undefined : `${status}: ${stderr}`;
}

/** Fills in what the documents leave out: the digests of the images that they name. */
function fillIn(world: World, text: string): string {
  const [, name] =
    /(?:registry:|openSource\("registry:|(?:pull|prefetch) )([\w./:-]+)/.exec(text) ?? [];
  const own = STAND_INS.reduce(
    (all, [host, other]) => all.replaceAll(host, other.replace("HOST", world.registry)),
    text.replace(/^npx nixoci /, "nixoci "),
  );
  return own.replace(/sha256:[0-9a-f]*…/g, () => world.digestOf(name ?? "alpine"));
}

describe("the harness", () => {
  it("finds blocks, in lists too", () => {
    const text = "# A\n```sh\na\nb\n```\n\n## B\n- one:\n  ```json\n  {}\n  ```\n";
    expect(findBlocks(text)).toEqual([
      { line: 2, section: "", language: "sh", code: "a\nb" },
      { line: 9, section: "B", language: "json", code: "{}" },
    ]);
  });

  it("splits commands where they end", () => {
    expect(splitCommands("cat > f <<'END'\nx\n\nEND\nb")).toEqual([
      "cat > f <<'END'\nx\n\nEND",
      "b",
    ]);
    expect(splitCommands("a \\\n  b\n# no command\nc | # goes on\n d\ne # says")).toEqual([
      "a \\\n  b",
      "c | # goes on\n d",
      "e # says",
    ]);
    expect(bareCommand("e --x '#'   # says")).toBe("e --x '#'");
  });
});
