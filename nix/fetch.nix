# What nixoci fetches: a fixed output, by a hash that is known. Its bytes may name store paths, as
# images that Nix has made do, also those that nixoci itself is made of: newer Nix is told to take no
# reference from that (Nix 2.8 cannot be, and stops).
{ pkgs, lib, tools }:
name: attributes: script:
tools.runCommand (lib.strings.sanitizeDerivationName name) ({
  __structuredAttrs = true;
  unsafeDiscardReferences.out = true;
  nativeBuildInputs = [ tools.nixoci ];
  SSL_CERT_FILE = "${pkgs.cacert.out or pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
  # The one variable that may name a file with credentials, which the sandbox has to show.
  impureEnvVars = lib.fetchers.proxyImpureEnvVars ++ [ "NIXOCI_AUTH_FILE" "NETRC" ];
} // lib.filterAttrs (_: value: value != null) attributes) ''
  export SSL_CERT_FILE
  export NIXOCI_CACHE_DIR=$TMPDIR/cache # a build has no home, and must not make one
  ${script}
''
