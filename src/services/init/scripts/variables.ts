/** Reads files of variables as systemd does. */
import { scriptOf } from "./script.ts";

/**
 * `variables.sh`: sourced by `user.sh` when a service has such files.
 * @see https://github.com/systemd/systemd/blob/v254/src/basic/env-file.c
 */
export const VARIABLES = scriptOf`
# Reads files of variables as systemd does: neither shell nor Docker's files.

# Exports one, where its name is one.
set_variable() {
  _key=$\{_key%"$\{_key##*[!$_blanks]}"}
  case $_key in
    '' | [0-9]* | *[!A-Za-z0-9_]*) ;;
    *) [ "$_key" = PATH ] && _path=$_text || export "$_key=$_text" ;;
  esac
  _key= _text= _gap= _where=key
}

# Takes the next character (_char) of the file.
take_character() {
  case $_where in
    key)
      case $_char in
        '#' | ';') [ "$_key" ] && _key=$_key$_char || _where=comment ;;
        "$_newline" | "$_return") _key= ;;
        =) [ "$_key" ] && _where=before _text= _gap= || _key== ;;
        *) [ -z "$_key" ] && case $_char in [$_blanks]) return ;; esac
          _key=$_key$_char ;;
      esac ;;
    before)
      case $_char in
        "$_newline" | "$_return") set_variable ;;
        \') _where=single ;;
        '"') _where=double ;;
        \\) _where=escape ;;
        [$_blanks]) ;;
        *) _text=$_text$_char _where=value ;;
      esac ;;
    # Quotes are plain here: the value does not begin with one.
    value)
      case $_char in
        "$_newline" | "$_return") set_variable ;;
        \\) _text=$_text$_gap _gap= _where=escape ;;
        [$_blanks]) _gap=$_gap$_char ;;
        *) _text=$_text$_gap$_char _gap= ;;
      esac ;;
    escape)
      case $_char in "$_newline" | "$_return") ;; *) _text=$_text$_char ;; esac
      _where=value ;;
    single)
      if [ "$_char" = "'" ]; then _where=before; else _text=$_text$_char; fi ;;
    double)
      case $_char in
        '"') _where=before ;;
        \\) _where=double-escape ;;
        *) _text=$_text$_char ;;
      esac ;;
    double-escape)
      case $_char in
        '"' | \\ | '$' | \`) _text=$_text$_char ;;
        "$_newline") ;;
        *) _text=$_text\\$_char ;;
      esac
      _where=double ;;
    comment)
      case $_char in
        "$_newline" | "$_return") _where=key _key= ;;
      esac ;;
  esac
}

# Reads the variables of a file ($1); one that need not be there is optional ($2).
read_variables() {
  if [ ! -r "$1" ]; then
    [ "$2" ] && return
    say "$_name: its file of variables $1 cannot be read"
    exit 1
  fi
  _where=key _key= _text= _gap=
  _newline='
'
  _return=$(printf '\r')
  _blanks=' 	
'$_return
  while IFS= read -r _line && _line=$_line$_newline || [ "$_line" ]; do
    while [ "$_line" ]; do
      _char=$\{_line%"$\{_line#?}"} _line=$\{_line#?}
      take_character
    done
  done < "$1"
  case $_where in key | comment) ;; *) set_variable ;; esac
}
`;
