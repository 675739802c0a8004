# Locked images as an OCI layout in the Nix store. Each blob is a fixed output of its own: it is
# downloaded once, shared by all images that have it, and needs no hash but the one that it has in
# the registry.
#
#   nixoci lock add alpine:3.20
#   nixoci lock blobs --json > blobs.json
#   nix-build lock.nix --arg nixoci 'import ./nixoci.nix'
{
  pkgs ? import <nixpkgs> { },
  nixoci,
  lock ? ./nixoci.lock.json,
  blobs ? builtins.fromJSON (builtins.readFile ./blobs.json),
  # User names and passwords, for private registries: of the registry's host, or of its token
  # server's. A sandboxed build sees the file when `extra-sandbox-paths` has it.
  netrc ? "/etc/nix/netrc",
}:
let
  fetchBlob =
    blob:
    pkgs.runCommand "blob"
      {
        inherit netrc;
        inherit (blob) url mediaType;
        scope = if blob.scope == null then "" else blob.scope;
        nativeBuildInputs = [ pkgs.curl ];
        SSL_CERT_FILE = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
        impureEnvVars = [ "http_proxy" "https_proxy" "no_proxy" ];
        outputHash = blob.hash;
        outputHashMode = "flat";
        preferLocalBuild = true;
      }
      ''
        ask() { curl --silent --show-error --retry 5 --netrc-optional --netrc-file "$netrc" "$@"; }
        # Who wants a token says where to get it: Bearer realm="…",service="…"
        challenge=$(ask --head "$url" | sed -n 's/^www-authenticate: *bearer //Ip')
        of() { sed -n "s/.*$1=\"\([^\"]*\)\".*/\1/p" <<< "$challenge"; }
        if [ -n "$challenge" ]; then
          token=$(ask --fail --get "$(of realm)" --data-urlencode "service=$(of service)" \
            --data-urlencode "scope=$scope" |
            sed -n 's/.*"\(access_\)\{0,1\}token" *: *"\([^"]*\)".*/\2/p')
          ask() { curl --silent --show-error --retry 5 --oauth2-bearer "$token" "$@"; }
        fi
        ask --fail --location --header "Accept: $mediaType" --output "$out" "$url"
      '';

  links = map (blob: "ln -s ${fetchBlob blob} $out/${blob.path}") blobs;

  folder = pkgs.runCommand "blobs" { } ''
    mkdir -p $out/sha256 $out/sha512
    ${builtins.concatStringsSep "\n" links}
  '';
in
pkgs.runCommand "images" { nativeBuildInputs = [ nixoci ]; } ''
  export NIXOCI_CACHE_DIR=$TMPDIR/cache
  nixoci lock fetch --progress none --file ${lock} --blobs ${folder} oci-dir:$out
''
