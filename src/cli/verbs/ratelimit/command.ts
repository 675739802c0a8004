/** `nixoci ratelimit [IMAGE]` */
import { NixociError } from "../../../base/errors.ts";
import { DOCKER_HUB, type ImageReference, parseReference } from "../../../image/reference.ts";
import { defineOptionalArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { formatTime } from "../../kit/text.ts";
import { readRegistryPlace } from "../../reference/place.ts";

const HOST_ALONE =
  /^(?:(?:registry|docker):(?:\/\/)?)?((?:localhost|[\w-]+(?:\.[\w-]+)+|\[[^\]]+\])(?::\d{1,5})?)\/?$/;

/** Reads the image; a host alone would be an image of Docker Hub's. */
function readAskedImage(text: string): ImageReference | undefined {
  const [, host] = HOST_ALONE.exec(text) ?? [];
  if (host === undefined) return readRegistryPlace(text).image;
  if (parseReference(`${host}/any`).host === DOCKER_HUB) return undefined;
  throw new NixociError("USAGE", `${host} is a host: what is left is asked of an image there`, {
    hint: `write ${host}/REPOSITORY[:TAG]`,
  });
}

export default defineVerb({
  summary: "Print how many pulls a registry has left for us",
  description:
    "Asks with HEAD, which is not counted as a pull. Many registries do not tell, nor does Docker " +
    "Hub of paid accounts: that is an answer, too.",
  examples: ["nixoci ratelimit", "nixoci ratelimit localhost:5000/app"],
  args: { image: defineOptionalArg("An image to ask about; Docker Hub's own for this by default") },
  flags: {},
  reaches: "one place",

  doing: ({ image }) => `ask how many pulls ${image ?? "Docker Hub"} has left`,
  async run({ image }, _flags, io) {
    const { readRateLimit } = await import("../../../../transports/registry/mod.ts");
    const reference = image === undefined ? undefined : readAskedImage(image);
    const found = await readRateLimit(reference, readSideOptions(io.access, io));
    io.print(found, () => {
      const { host, limit, remaining, windowSeconds } = found;
      if (limit === undefined && remaining === undefined) return [`${host} does not tell`];
      const per = windowSeconds === undefined ? "" : ` in ${formatTime(windowSeconds)}`;
      return [`${remaining ?? "an unknown number"} of ${limit ?? "unknown"}${per}`];
    });
  },
});
