# A program that runs the services of an image without a container, as nix-container-images has it:
# `result STATE-DIR`, with the users of the machine that runs it.
{ lib, tools }:
{ name, spec }:
let
  file = tools.writeText "${name}-services.json" (builtins.toJSON ({ inherit name; } // spec));
in
tools.writeScript "init-${name}" ''
  #!${tools.runtimeShell}
  set -eu
  state=''${1?name the folder for the state, which must not be there}
  # The tree of the init lies beside it, and must not be there either.
  ${tools.nixoci}/bin/nixoci init --quiet ${file} --output "$state.init" > /dev/null
  exec "$state.init/init" "$state"
''
