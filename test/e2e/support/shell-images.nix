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
    for name in awk cat chmod chown dd env grep gzip id ls mkdir mktemp readlink rm sed sleep stat tar test touch true uname whoami; do
      ln -s busybox $out/bin/$name
    done
  '';
  # What an editor's Node needs, which is built for Debian.
  glibc = copy "glibc-2.36-1" ''
    mkdir $out/lib
    for name in libc libm libdl libpthread librt ld-linux-x86-64; do cp -L /lib*/x86_64-linux-gnu/$name.so.* $out/lib; done
  '';
  cpp = copy "gcc-12.2.0-lib" ''
    mkdir $out/lib
    cp -L /usr/lib/x86_64-linux-gnu/libstdc++.so.6 /usr/lib/x86_64-linux-gnu/libatomic.so.1 /lib/x86_64-linux-gnu/libgcc_s.so.1 $out/lib
  '';
  patchelf = copy "patchelf-0.14" ''
    cp /usr/bin/patchelf $out/bin
    patchelf --force-rpath --set-interpreter ${glibc}/lib/ld-linux-x86-64.so.2 --set-rpath ${glibc}/lib:${cpp}/lib $out/bin/patchelf
  '';
in {
  inherit bash coreutils glibc cpp patchelf;
  # The machine's Nix, with the loader and the libraries of the machine.
  nix = copy "nix-2.8" ''
    mkdir $out/lib
    program=$(realpath /usr/bin/nix-store)
    for file in $program $(ldd $program | grep -o '/[^ ]*') /lib/*/libnss_dns.so.2; do
      cp -L $file $out/lib
    done
    for name in nix-store nix-build nix-env build-remote; do
      printf '%s\n' "#!${bash}/bin/bash" "export NIX_CONFIG='build-hook = $out/bin/build-remote'" \
        "exec $(echo $out/lib/ld-linux*) --library-path $out/lib --argv0 $name $out/lib/''${program##*/} \"\$@\"" > $out/bin/$name
      chmod +x $out/bin/$name
    done
  '';
  # The machine's git, in the same way.
  git = copy "git-2.39" ''
    mkdir $out/lib
    for file in /usr/bin/git $(ldd /usr/bin/git | grep -o '/[^ ]*'); do cp -L $file $out/lib; done
    printf '%s\n' "#!${bash}/bin/bash" "exec $(echo $out/lib/ld-linux*) --library-path $out/lib $out/lib/git \"\$@\"" > $out/bin/git
    chmod +x $out/bin/git
  '';
  cacert = copy "nss-cacert-3.1" "mkdir -p $out/etc/ssl/certs; echo trusted > $out/etc/ssl/certs/ca-bundle.crt";
} // import ./shells.nix { bash = "${bash}/bin/bash"; bin = "${coreutils}/bin"; }
