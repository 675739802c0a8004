/** A repository in a registry, and how freely it may be reached. */
export interface Endpoint {
  /** As in references: `docker.io`, `localhost:5000`. */
  readonly host: string;
  readonly repository: string;
  /**
   * `true` demands verified HTTPS; with `false` plain HTTP and unverified TLS will do; by default
   * it is verified HTTPS, or plain HTTP on loopback.
   */
  readonly tlsVerify: boolean | undefined;
}
