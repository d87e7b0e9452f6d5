# Completion of genlogctl for bash.  Commands and options are asked of the program itself.
# shellcheck shell=bash
_genlogctl_words() { # COMMAND...: what may stand behind these words
	genlogctl "$@" --help 2>/dev/null | sed -nE 's/^ +(-[A-Za-z], )?(--[a-z-]+).*/\2/p'
}

_genlogctl() {
	local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=() word commands

	case $before in
	-c | --config | -s | --socket | --to | --dir | --archive | --spool)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	esac
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		[[ $word = -* ]] || words+=("$word")
	done
	commands=$(genlogctl --help 2>/dev/null | sed -nE 's/^  ([a-z][a-z-]*( [a-z]+)?)  +.*/\1/p')
	if [[ $current = -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_genlogctl_words "${words[@]:0:2}")" -- "$current")
	elif [ ${#words[@]} = 0 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(cut -d' ' -f1 <<<"$commands" | sort -u)" -- "$current")
	elif [ ${#words[@]} = 1 ] && grep -q "^${words[0]} " <<<"$commands"; then
		mapfile -t COMPREPLY < <(compgen -W "$(sed -n "s/^${words[0]} //p" <<<"$commands")" -- "$current")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
	fi
}
complete -o filenames -F _genlogctl genlogctl
