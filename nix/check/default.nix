# Functions that check what they are given, and say at evaluation which argument of which function is
# wrong. Nix's own message names neither where a function can be overridden.
{ lib }:
let
  kinds = import ./kinds.nix { inherit lib; };
  inherit (builtins) attrNames concatStringsSep filter hasAttr isAttrs isFunction;

  refuse = function: message: throw "${function}: ${message}";

  checkGiven = function: arguments: given: let
    unknown = filter (name: !(hasAttr name arguments)) (attrNames given);
    missing = filter (name: !(hasAttr name given) && !(arguments.${name} ? default)) (attrNames arguments);
  in
    if !(isAttrs given) || lib.isDerivation given then
      refuse function "takes a set of arguments, and was given ${kinds.describe given}"
    else if unknown != [ ] then
      refuse function "there is no argument ${builtins.head unknown}; there are ${concatStringsSep ", " (attrNames arguments)}"
    else if missing != [ ] then refuse function "the argument ${builtins.head missing} is missing"
    else given;

  checkValue = function: name: argument: value:
    if argument.kind.is value then value
    else refuse function "${name} must be ${argument.kind.what}, and is ${kinds.describe value}";
in
{
  inherit kinds refuse;

  required = kind: { inherit kind; };
  optional = kind: default: { inherit kind default; };

  # Makes a function of a set of arguments: FUNCTION is its name for errors, ARGUMENTS says what it
  # takes. BODY gets all of them, with defaults, and second what was given as it was.
  define = function: arguments: body: let
    defaults = builtins.mapAttrs (_: argument: argument.default)
      (lib.filterAttrs (_: argument: argument ? default) arguments);
    call = given: let
      known = checkGiven function arguments given;
    in body (builtins.mapAttrs
      (name: checkValue function name arguments.${name})
      (defaults // known)) given;
  in lib.setFunctionArgs call (builtins.mapAttrs (_: argument: argument ? default) arguments);
}
