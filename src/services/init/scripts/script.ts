/** Shell scripts in TypeScript: plain text, in which `$\{` stands for `${`. */

/** Returns the text of a script as it is written, but for `$\{`. */
export function scriptOf({ raw }: TemplateStringsArray): string {
  return raw.join("").replaceAll("$\\{", "${").replace(/^\n/, "");
}

/** The lines that the programs begin with which s6-svscan starts when it gets a signal. */
export const HANDLER_HEAD = scriptOf`
_state=$PWD
_tree=$_state/.tree
# All may have ended meanwhile, and by hand its folder is gone then.
{ . "$_tree/lib.sh" && . "$_tree/order.sh"; } 2> /dev/null
`;
