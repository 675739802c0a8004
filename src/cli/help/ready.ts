/** The pages of the help. These are made when they are asked for; the bundle has them ready (tools/bundle.ts). */
import { createHelpPage, type HelpPage } from "./page.ts";

/** Loads the page of a verb or group, or of all where the name is empty. */
export const loadPage: (name: string) => Promise<HelpPage> = createHelpPage;
