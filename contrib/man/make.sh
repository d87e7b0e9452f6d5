#!/bin/bash
# The pages that are made from the programs' own tables: make.sh BUILD OUT
#	genlogctl.8          all commands, as --help tells them
#	genlog-settings.5    all settings, those of plugins too, as --help-config tells them
set -euo pipefail
build=$1 out=$2
ctl=$build/genlogctl
version=$("$build/genlogd" --version | cut -d' ' -f2)

escape() { sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^\([.']\)/\\\\\&\1/"; }
verbatim() {
	printf '.nf\n'
	escape
	printf '.fi\n'
}

commands() { "$ctl" --help | sed -nE 's/^  ([a-z][a-z-]*( [a-z]+)?)  +.*/\1/p'; }

mkdir -p "$out"
{
	cat <<-END
		.TH GENLOGCTL 8 "" "genlog $version" "System administration"
		.SH NAME
		genlogctl \- asks and steers genlogd, looks into its spool, and proves what it has delivered
		.SH SYNOPSIS
		.B genlogctl
		[\fB\-s\fR \fISOCKET\fR] [\fB\-c\fR \fIFILE\fR] [\fB\-\-json\fR] \fICOMMAND\fR [\fIARGUMENTS\fR]
		.SH DESCRIPTION
		What asks the running agent does so over its admin socket, which is for root, the agent's user and the group that
		.B admin.group
		names. What looks at files works without an agent. With
		.B \-\-json
		all that goes to standard output is JSON, a document a line.
		.SH COMMANDS
	END
	commands | while read -r name; do
		read -ra words <<<"$name"
		printf '.SS %s\n' "$(escape <<<"$name")"
		"$ctl" "${words[@]}" --help | sed -e '/^  -s, --socket/d' -e '/^  -c, --config/d' -e '/^      --json /d' | verbatim
	done
	cat <<-'END'
		.SH EXIT STATUS
		0; 1 failed; 2 usage.
		.B run
		ends with the exit code of its job.
		.SH EXAMPLES
		.nf
		genlogctl status
		genlogctl check && genlogctl reload
		genlogctl tail \-\-level error module=MES
		.fi
		.SH SEE ALSO
		.BR genlogd (8),
		.BR genlog.yaml (5),
		.BR genlog\-settings (5)
	END
} >"$out/genlogctl.8"
{
	cat <<-END
		.TH GENLOG-SETTINGS 5 "" "genlog $version" "File formats"
		.SH NAME
		genlog\-settings \- all settings of genlogd and of its plugins
		.SH DESCRIPTION
		This is what
		.B genlogd \-\-help\-config
		tells;
		.BR genlog.yaml (5)
		says how they belong together.
		.SH SETTINGS
	END
	"$build/genlogd" --help-config --plugin-dir "$build/plugins" | verbatim
	cat <<-'END'
		.SH EXAMPLES
		.nf
		genlogd \-\-help\-config | less
		.fi
		.SH SEE ALSO
		.BR genlog.yaml (5),
		.BR genlogd (8)
	END
} >"$out/genlog-settings.5"
