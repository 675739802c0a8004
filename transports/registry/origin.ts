/** Finds the origin of a registry's API, as far as its name says. */
import { DOCKER_HUB } from "../../src/image/reference.ts";
import { isLoopback } from "./http/addresses.ts";

// Docker Hub's API is not where its name is.
const DOCKER_HUB_API = "registry-1.docker.io";

/** Returns the host to talk to, for a host of references. */
export function apiHostOf(host: string): string {
  const name = host.toLowerCase();
  return name === DOCKER_HUB ? DOCKER_HUB_API : name;
}

/**
 * `https://registry-1.docker.io` for `docker.io`: what a URL of its API begins with.
 * @param plainHttp by default what loopback is taken to speak, and nobody else.
 */
export function apiOriginOf(host: string, plainHttp?: boolean): string {
  const api = apiHostOf(host);
  const isPlain = plainHttp ?? isLoopback(new URL(`https://${api}`).hostname);
  return `${isPlain ? "http" : "https"}://${api}`;
}
