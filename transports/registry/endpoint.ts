/** A registry, and how freely it may be reached. */
export interface NamedHost {
  /** As in references: `docker.io`, `localhost:5000`. */
  readonly host: string;
  /**
   * `true` demands verified HTTPS; with `false` plain HTTP and unverified TLS will do; by default
   * it is verified HTTPS, or plain HTTP on loopback.
   */
  readonly tlsVerify: boolean | undefined;
}

/** A repository in a registry. */
export interface Endpoint extends NamedHost {
  readonly repository: string;
}
