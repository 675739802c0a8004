/**
 * A step of one's own: values in, values out. This one sets a label in every image that passes;
 * layers are not touched, and never read.
 *
 * Run it: `node examples/custom-step.ts oci-dir:examples/hello oci-dir:labelled team=infra`
 */
import { Buffer } from "node:buffer";
import { argv } from "node:process";
import {
  contentOf,
  copy,
  type Image,
  mapImages,
  openSink,
  openSource,
  readContent,
  rebuildImage,
  type Step,
} from "nixoci";

function label(key: string, value: string): Step {
  return (root) =>
    mapImages(root, async (image: Image) => {
      const json = JSON.parse((await readContent(image.config, 4 << 20)).toString());
      json.config = { ...json.config, Labels: { ...json.config?.Labels, [key]: value } };
      const config = contentOf(
        image.config.descriptor.mediaType,
        Buffer.from(JSON.stringify(json)),
      );
      return await rebuildImage(image, { config });
    });
}

const [from = "oci-dir:examples/hello", to = "oci-dir:labelled", text = "team=infra"] = argv
  .slice(2);
const [key = "", value = ""] = text.split("=");

const source = await openSource(from);
const sink = await openSink(to);
try {
  const { images } = await copy(source, sink, { steps: [label(key, value)] });
  console.log(images[0]!.descriptor.digest);
} finally {
  await sink[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
}
