/** Certificates that do not prove a server's name, in words that say what to do. */

/** A certificate as Node describes it, with its error. */
interface StatedCertificate {
  readonly subjectaltname?: string;
  readonly subject?: { readonly CN?: string };
  readonly valid_from?: string;
  readonly valid_to?: string;
}

/** A problem with a connection, such as a certificate that does not fit, and what to do about it. */
export interface ConnectionProblem {
  readonly message: string;
  readonly hint: string;
}

/**
 * Describes a certificate that is for another name, or for another time; `undefined` for one that is
 * not trusted for other reasons.
 */
export function describeCertificate(
  error: unknown,
  code: string,
  host: string,
): ConnectionProblem | undefined {
  if (isForAnotherName(error, code)) {
    const names = listNames((error as { readonly cert?: StatedCertificate }).cert);
    const whose = names.length > 0 ? `: it is for ${names.join(", ")}` : "";
    return {
      message: `the certificate of ${host} is for another name${whose}`,
      hint: "use a name that it has, or --tls-verify=false, which trusts anybody",
    };
  }
  const when = WHEN[code];
  return when === undefined ? undefined : {
    message: `the certificate of ${host} ${when}`,
    hint: "check this machine's clock; --tls-verify=false trusts anybody",
  };
}

const WHEN: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "has expired",
  CERT_NOT_YET_VALID: "is not valid yet",
};

/** Deno's TLS says it in a sentence, and gives no certificate. */
function isForAnotherName(error: unknown, code: string): boolean {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID" || code === "HOSTNAME_MISMATCH") return true;
  return error instanceof Error &&
    /certificate not valid for name|NotValidForName/.test(error.message);
}

/** Lists the names and addresses that a certificate is for, not too many of them. */
function listNames({ subjectaltname = "", subject }: StatedCertificate = {}): string[] {
  const names = [...subjectaltname.matchAll(/(?:DNS|IP Address):("?)([\w.*:-]+)\1/g)]
    .map(([, , name]) => name!);
  if (names.length === 0) return subject?.CN === undefined ? [] : [subject.CN];
  return names.length > MAX_NAMES ? [...names.slice(0, MAX_NAMES), "…"] : names;
}

const MAX_NAMES = 8;
