/** The name that we give ourselves: registries' logs and rules tell clients apart by it. */

/** As in package.json, which a test compares. */
export const VERSION = "0.1.0";

export const USER_AGENT = `nixoci/${VERSION}`;
