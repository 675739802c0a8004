/** The environment of this machine's programs: none of the user's settings. */
/** The environment of helpers: none of the user's settings, and the programs of administrators. */
export const HELPER_ENVIRONMENT = {
  PATH: [process.env["PATH"], "/usr/sbin", "/sbin", "/usr/bin", "/bin"].filter(Boolean).join(":"),
  LC_ALL: "C",
};
