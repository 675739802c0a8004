/** Writes the formula of Homebrew, for macOS and Linux, of the npm package that was packed. */
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describePackage } from "./about.ts";
import { sumOf } from "./sums.ts";

/** Writes it beside the package. @see https://docs.brew.sh/Node-for-Formula-Authors */
export async function writeFormula(tarball: string, out: string): Promise<string> {
  const { downloads, homepage, license } = await describePackage();
  const file = join(out, "nixoci.rb");
  await writeFile(
    file,
    `class Nixoci < Formula
  desc "Moves, pulls, flattens and builds container images"
  homepage "${homepage}"
  url "${downloads}/${basename(tarball)}"
  sha256 "${await sumOf(tarball)}"
  license "${license}"

  depends_on "node"

  def install
    system "npm", "install", *std_npm_args
    bin.install_symlink libexec/"bin/nixoci"
    man1.install_symlink Dir[libexec/"lib/node_modules/nixoci/dist/man/*.1"]
    generate_completions_from_executable(bin/"nixoci", "completion")
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/nixoci --version")
    assert_match "not an OCI layout", shell_output("#{bin}/nixoci inspect oci-dir:absent 2>&1", 1)
  end
end
`,
  );
  return file;
}
