# Files that programs expect in an image.
{ pkgs, tools }:
let
  links = name: pairs: tools.runCommand name { } (builtins.concatStringsSep "\n" (map
    (pair: ''mkdir -p "$out/${dirOf pair.to}"; ln -s ${pair.from} "$out/${pair.to}"'') pairs));
  bundle = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
in
{
  usrBinEnv = links "usr-bin-env" [ { to = "usr/bin/env"; from = "${pkgs.coreutils}/bin/env"; } ];
  binSh = links "bin-sh" [ { to = "bin/sh"; from = "${tools.shellOfImages}/bin/bash"; } ];
  caCertificates = links "ca-certificates" (map (to: { inherit to; from = bundle; }) [
    "etc/ssl/certs/ca-bundle.crt" # what Nix's programs look for
    "etc/ssl/certs/ca-certificates.crt" # Debian's, Arch's
    "etc/pki/tls/certs/ca-bundle.crt" # Fedora's
  ]);

  # What `useradd` needs, where the image has none: a text for scripts.
  shadowSetup = ''
    export PATH=${pkgs.shadow}/bin:$PATH
    mkdir -p /etc/pam.d
    [ -f /etc/passwd ] || {
      echo 'root:x:0:0::/root:${pkgs.runtimeShell}' > /etc/passwd
      echo 'root:!x:::::::' > /etc/shadow
    }
    [ -f /etc/group ] || {
      echo 'root:x:0:' > /etc/group
      echo 'root:x::' > /etc/gshadow
    }
    [ -f /etc/pam.d/other ] || printf '%s\n' \
      'account sufficient pam_unix.so' \
      'auth sufficient pam_rootok.so' \
      'password requisite pam_unix.so nullok yescrypt' \
      'session required pam_unix.so' > /etc/pam.d/other
    [ -f /etc/login.defs ] || : > /etc/login.defs
  '';
}
