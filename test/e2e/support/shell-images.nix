# The same derivations, of programs that are in the store: those that need nothing else to run.
let
  copy = name: script: derivation {
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/bash";
    args = [ "-c" "PATH=/usr/bin; mkdir -p $out/bin; ${script}" ];
  };
  bash = copy "bash-interactive-5.2" ''
    cp /usr/bin/bash-static $out/bin/bash
    ln -s bash $out/bin/sh
  '';
  coreutils = copy "coreutils-9.1" ''
    cp /usr/bin/busybox $out/bin/busybox
    for name in cat chmod chown env grep gzip id ls mkdir mktemp readlink rm sed sleep stat tar touch whoami; do
      ln -s busybox $out/bin/$name
    done
  '';
in {
  inherit bash coreutils;
  cacert = copy "nss-cacert-3.1" "mkdir -p $out/etc/ssl/certs; echo trusted > $out/etc/ssl/certs/ca-bundle.crt";
} // import ./shells.nix { bash = "${bash}/bin/bash"; bin = "${coreutils}/bin"; }
