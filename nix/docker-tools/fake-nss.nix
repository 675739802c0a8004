# Users root and nobody, where there is no other; nixpkgs has the same as `fakeNss`.
{ pkgs, lib }:
{ extraPasswdLines ? [ ], extraGroupLines ? [ ] }:
let
  passwd = [ "root:x:0:0:root user:/var/empty:/bin/sh" ] ++ extraPasswdLines
    ++ [ "nobody:x:65534:65534:nobody:/var/empty:/bin/sh" ];
  group = [ "root:x:0:" ] ++ extraGroupLines ++ [ "nobody:x:65534:" ];
  text = lines: builtins.concatStringsSep "\n" lines + "\n";
in
pkgs.runCommand "fake-nss" {
  passwd = text passwd;
  group = text group;
} ''
  mkdir -p $out/etc $out/var/empty
  printf %s "$passwd" > $out/etc/passwd
  printf %s "$group" > $out/etc/group
  echo 'hosts: files dns' > $out/etc/nsswitch.conf
''
