# `nixoci` is the program, with the functions as attributes: `pkgs.nixoci.dockerTools`.
final: _previous:
let
  nixoci = import ./package { pkgs = final; };
  functions = import ./. { pkgs = final; };
in
{
  nixoci = nixoci // builtins.removeAttrs functions [ "nixoci" ];
}
