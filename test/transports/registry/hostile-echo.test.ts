import { Buffer } from "node:buffer";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { TransportOptions } from "../../../transports/mod.ts";
import {
  json,
  type LoggedRequest,
  problem,
  type RegistryServer,
  startRegistry,
} from "../../support/registry-server.ts";
import { SECRET } from "./credentials.ts";
import { listTags, resolveImage, seedImage, testWorld } from "./setup.ts";

const PAIR = Buffer.from(`me:${SECRET}`).toString("base64");
const USERS = { me: SECRET };

/** All that a user gets to see when the image cannot be read, with `--debug` too. */
async function shown(
  registry: RegistryServer,
  options: NonNullable<TransportOptions["registry"]>,
): Promise<string> {
  const notices: string[] = [];
  const error = await resolveImage(`${registry.host}/app:v1`, {
    registry: options,
    onNotice: ({ message }) => void notices.push(message),
  }, await testWorld()).then(() => undefined, (error) => error);
  if (error === undefined) throw new Error("it can be read");
  return `${notices.join("\n")}\n${inspect(error, { depth: 20 })}`;
}

const authorizationOf = ({ headers }: LoggedRequest) => headers.authorization ?? "";

describe("registry: a server that says our secrets aloud", () => {
  it.each<[string, NonNullable<TransportOptions["registry"]>]>([
    ["a password", { creds: `me:${SECRET}` }],
    ["a registry token", { token: SECRET }],
  ])("is not quoted with %s", async (_, options) => {
    const registry = await startRegistry({ basic: USERS });
    registry.onRequest = (request) =>
      request.path.includes("/manifests/") && authorizationOf(request)
        ? {
          answer: problem(
            503,
            `CODE ${SECRET}`,
            `${authorizationOf(request)}, so ${SECRET}, and ${"x".repeat(200)}${SECRET}`,
          ),
        }
        : undefined;
    const text = await shown(registry, options);
    expect(text).toMatch(/(Basic|Bearer) \*\*\*, so \*\*\*, and x/);
    expect(text).toContain("trying again");
    for (const secret of [SECRET, PAIR, SECRET.slice(0, 8)]) expect(text).not.toContain(secret);
  });

  it("is not quoted with a token that was bought", async () => {
    const registry = await startRegistry({ bearer: { users: USERS } });
    registry.onRequest = (request) =>
      request.path.includes("/manifests/") && authorizationOf(request)
        ? { answer: problem(400, "BAD", `${authorizationOf(request)} ${SECRET}`) }
        : undefined;
    const text = await shown(registry, { creds: `me:${SECRET}` });
    expect(text).toContain("Bearer *** ***");
  });

  it("is not quoted by its token server, nor with the digest that it claims", async () => {
    const registry = await startRegistry({ basic: USERS });
    await seedImage(registry, "app", "v1");
    registry.onRequest = (request) => ({
      ...(request.path.includes("/manifests/") && authorizationOf(request) && {
        answer: {
          status: 200,
          headers: { "docker-content-digest": authorizationOf(request) },
          body: Buffer.from("{}"),
        },
      }),
    });
    expect(await shown(registry, { creds: `me:${SECRET}` })).toContain(
      `claims the digest "Basic ***"`,
    );
    const other = await startRegistry();
    other.onRequest = (request) =>
      request.path.startsWith("/token")
        ? { answer: json(403, { details: `no to ${SECRET} and ${authorizationOf(request)}` }) }
        : {
          answer: {
            status: 401,
            headers: { "www-authenticate": `Bearer realm="http://${other.host}/token"` },
          },
        };
    expect(await shown(other, { creds: `me:${SECRET}` })).toContain("no to *** and Basic ***");
  });

  it("is not quoted with a tag", async () => {
    const registry = await startRegistry({ basic: USERS });
    registry.onRequest = (request) =>
      request.path.includes("/tags/") && authorizationOf(request)
        ? { answer: json(200, { tags: [`${authorizationOf(request)}`] }) }
        : undefined;
    const options = { registry: { creds: `me:${SECRET}` } };
    await expect(listTags(`${registry.host}/app`, options, await testWorld())).rejects.toThrow(
      `has "Basic ***" in it`,
    );
  });
});

describe("registry: a list of errors", () => {
  it("that is not made of text says what it can", async () => {
    const registry = await startRegistry();
    registry.onRequest = ({ path }) =>
      path.includes("/manifests/")
        ? {
          answer: json(400, {
            errors: [null, { message: [] }, { code: {}, message: { a: 1 } }, "x", {
              code: "TAG_INVALID",
              message: "no",
            }],
          }),
        }
        : undefined;
    const text = await shown(registry, {});
    expect(text).toContain("answers 400: UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, no (TAG_INVALID)");
  });
});
