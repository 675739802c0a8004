/** Content whose readers are known. */
import { streamFrom } from "../bytes/pour.ts";
import type { Content } from "./content.ts";

/** Returns content that tells when it is read; what `begin` returns is called when that is over. */
export function watchReaders(content: Content, begin: () => () => void): Content {
  const { inPlace } = content;
  const openUse = async (): Promise<AsyncDisposable> => {
    const end = begin();
    return { [Symbol.asyncDispose]: async () => end() };
  };
  return {
    ...content,
    open: (options) => streamFrom(openUse, () => content.open(options)),
    ...(inPlace && {
      async inPlace() {
        const end = begin();
        try {
          const file = await inPlace();
          const close = async (): Promise<void> => {
            end();
            await file[Symbol.asyncDispose]();
          };
          return { ...file, [Symbol.asyncDispose]: close };
        } catch (error) {
          end();
          throw error;
        }
      },
    }),
  };
}
