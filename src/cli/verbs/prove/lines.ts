/** Writes a proof for people. */
import type { ImageProof, LayerProof, MemberDifference, Smell } from "../../../prove/mod.ts";

const OUTCOMES: Readonly<Record<LayerProof["outcome"], string>> = {
  same: "same",
  compressed: "compressed in another way",
  different: "different",
  missing: "not in the image",
  surplus: "in the image alone",
};

/** The words for what layers differ by. */
const SMELLS: Readonly<Record<Smell, string>> = {
  files: "other files",
  content: "other content",
  type: "files of other types",
  mode: "modes",
  owner: "owners",
  time: "times",
  link: "links",
  device: "devices",
  xattrs: "extended attributes",
  order: "the order of the files",
  format: "the way in which the tar is written",
};

const SIGNS = { added: "+", removed: "-", changed: "~" } as const;

/** Writes a line for each layer, lines for what differs, and the verdict. */
export function* describeProof(proof: ImageProof, spec: string): Iterable<string> {
  for (const layer of proof.layers) yield* describeLayer(layer);
  if (proof.config.length > 0) yield `config: ${proof.config.join(", ")}`;
  if (proof.manifest.length > 0) yield `manifest: ${proof.manifest.join(", ")}`;
  yield `${proof.digest} ${verdictOf(proof, spec)}`;
}

function verdictOf({ outcome }: ImageProof, spec: string): string {
  if (outcome === "same") return `is what ${spec} makes here`;
  return outcome === "compressed"
    ? `has the config and the files that ${spec} makes here, in another form`
    : `is not what ${spec} makes here`;
}

function* describeLayer({ number, outcome, digest, made, difference }: LayerProof) {
  yield `layer ${number}: ${OUTCOMES[outcome]}  ${digest ?? made}`;
  if (difference === undefined) return;
  const { offset, path, part, at, content, count, members, smells } = difference;
  const where = path === undefined ? "" : `, byte ${at} of the ${part} of ${path}`;
  yield `  from byte ${offset}${where}`;
  if (content !== undefined && part !== "content") {
    yield `  content of ${content.path}: from byte ${content.at}`;
  }
  for (const member of members) yield `  ${describeMember(member)}`;
  if (count > members.length) yield `  and ${count - members.length} more`;
  yield `  by ${smells.map((smell) => SMELLS[smell]).join(", ")}`;
}

function describeMember({ path, change, aspects = [] }: MemberDifference): string {
  const what = aspects.length === 0 ? "" : `  ${aspects.join(", ")}`;
  return `${SIGNS[change]} ${path}${what}`;
}
