/** `--shard I/N`: the part of the images that this machine brings. */
import { NixociError } from "../../../base/errors.ts";
import type { Shard } from "../../../sync/mod.ts";

const INDEX = "JOB_COMPLETION_INDEX";

/** Reads it. @throws NixociError `USAGE`. */
export function readShard(
  text: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Shard | undefined {
  if (text === undefined) return undefined;
  const [, given = "", count = ""] = /^(\d{0,6})\/(\d{1,6})$/.exec(text) ?? [];
  const at = given === "" ? env[INDEX] ?? "" : given;
  if (count !== "" && at === "") {
    throw new NixociError("USAGE", `--shard ${text}: which of them? ${INDEX} is not set`, {
      hint: `write --shard I/${count}, with I from 0`,
    });
  }
  const shard = { at: Number(at), of: Number(count) };
  if (/^\d+$/.test(at) && shard.of > 0 && shard.at < shard.of) return shard;
  const said = given === "" && count !== "" ? `${at}/${count}, by ${INDEX},` : JSON.stringify(text);
  throw new NixociError("USAGE", `--shard: ${said} does not say which part`, {
    hint: "write I/N with I from 0 to N-1, such as 0/4",
  });
}
