/** What a release is of. */
import { readFile } from "node:fs/promises";

/** The second that files of packages are of: the same sources make the same bytes. */
export const EPOCH = 1_767_225_600;

/** The repository whose releases are meant, as its workflow knows it. */
export const REPOSITORY = process.env["GITHUB_REPOSITORY"] ?? "nixoci/nixoci";

/** What package.json says of the package, and where its releases are. */
export async function describePackage() {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  const { name, version, description, license } = JSON.parse(text) as Record<string, string>;
  const homepage = `https://github.com/${REPOSITORY}`;
  return {
    name: name!,
    version: version!,
    description: description!,
    license: license!,
    homepage,
    downloads: `${homepage}/releases/download/v${version}`,
  };
}
