#!/bin/bash
# What genlogctl makes of the configurations of other shippers: as it stands in convert/*.expected.*, and always a
# drop-in that is accepted.  BLESS=1 writes the expected files anew.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

genlogctl=$e2e_build/genlogctl
at=$e2e_root/tests/e2e/convert # named without it, so that no path of a machine gets into what is expected
export SHOP_DIR=/srv/shop CLUSTER_NAME=c1

format_of() { case $1 in fluent-bit*) echo fluent-bit ;; *) echo "${1%%-*}" ;; esac }
examples() { (cd "$at" && find . -name '*.conf' -o -name '*.yaml' ! -name '*.expected.*' | sed 's#^\./##' | sort); }
# The driver of the database may say at its start what it does without counters: that is no note.
convert() {
	local code=0

	(cd "$at" && "$genlogctl" "${json[@]}" convert "$@") >"$work/dropin" 2>"$work/notes" || code=$?
	sed -i '/mongoc: Falling back to malloc/d' "$work/notes"
	return $code
}
json=()
formats=(fluent-bit filebeat rsyslog)
yaml_formats=(fluent-bit filebeat)

# A check reads keys and certificates, so there are some.
keys() {
	mkdir "$work/keys"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=till.example -days 2 \
		-keyout "$work/keys/key.pem" -out "$work/keys/cert.pem" 2>/dev/null
	cp "$work/keys/cert.pem" "$work/keys/ca.pem"
}

accepted() { # FILE
	mkdir -p "$work/conf.d"
	[ -d "$work/keys" ] || keys
	sed "s#@KEYS@#$work/keys#" "$1" >"$work/conf.d/app.yaml"
	agent_extra='include: conf.d/*.yaml' agent_conf '{type: "null"}' </dev/null
	"$genlogctl" check "$work/agent.yaml" >"$work/said" 2>&1 || fail "$2: the drop-in is refused: $(<"$work/said")"
}

# GOT EXPECTED
same() {
	[ -z "${BLESS:-}" ] || cp "$1" "$2"
	diff -u "$2" "$1" >&2 || fail "$2: another result"
}

case_examples_become_what_is_expected() {
	local file n=0

	for file in $(examples); do
		convert "$(format_of "$file")" "$file" || fail "$file: $(<"$work/notes")"
		same "$work/dropin" "$at/${file%.*}.expected.yaml"
		same "$work/notes" "$at/${file%.*}.expected.notes"
		accepted "$work/dropin" "$file"
		n=$((n + 1))
	done
	figure "$n configurations"
}

# A check that accepts all would prove nothing.
case_a_wrong_dropin_is_refused() {
	convert fluent-bit fluent-bit-files.conf
	sed -i 's/type: tail/type: tial/' "$work/dropin"
	! (accepted "$work/dropin" wrong) 2>/dev/null || fail 'a wrong drop-in is accepted'
}

case_no_secret_is_shown() {
	local file

	for file in $(examples); do
		convert "$(format_of "$file")" "$file"
		! grep -l not-to-be-shown "$work/dropin" "$work/notes" || fail "$file: a secret is shown"
	done
	grep -q not-to-be-shown "$at/fluent-bit-files.conf" || fail 'there is no secret to be shown'
}

# Every section and key that has no row is told: nothing is left out in silence.
case_what_is_left_out_is_told() {
	convert fluent-bit fluent-bit-files.conf
	grep -q '^fluent-bit-files.conf:49: Colour: ' "$work/notes" || fail "$(<"$work/notes")"
	grep -q '^fluent-bit-files.conf:84: filter "grep": left out' "$work/notes" || fail "$(<"$work/notes")"
	convert filebeat filebeat-shop.yaml
	grep -q '^filebeat-shop.yaml:74: something.else: ' "$work/notes" || fail "$(<"$work/notes")"
	convert rsyslog rsyslog-central.conf
	grep -q '^rsyslog-central.conf:34: unknown.key: ' "$work/notes" || fail "$(<"$work/notes")"
}

case_json_has_both() {
	json=(--json)
	convert fluent-bit fluent-bit-network.conf
	[ ! -s "$work/notes" ] || fail "$(<"$work/notes")"
	python3 - "$work/dropin" "$at/fluent-bit-network" <<-'END' || fail 'not the same as without --json'
		import json, sys
		doc = json.load(open(sys.argv[1]))
		assert doc["dropin"] == open(sys.argv[2] + ".expected.yaml").read()
		notes = "".join("%(file)s:%(line)d: %(what)s\n" % n for n in doc["notes"])
		assert notes == open(sys.argv[2] + ".expected.notes").read()
	END
}

# FORMAT WORDS: refused with exit code 1, nothing on standard output, and these words.
refused() {
	local code=0

	convert "$1" "$work/hostile" || code=$?
	[ $code = 1 ] || fail "$1: exit code $code for: $2"
	[ ! -s "$work/dropin" ] || fail "$1: prints something for: $2"
	grep -q -- "$2" "$work/notes" || fail "$1: not \"$2\" but: $(<"$work/notes")"
}

case_hostile_files_are_refused_in_words() {
	local format

	head -c 4096 /dev/urandom >"$work/hostile"
	printf '\0\377' >>"$work/hostile"
	for format in "${formats[@]}"; do refused $format 'nothing is translated'; done
	head -c 1000000 /dev/zero | tr '\0' a >"$work/hostile"
	for format in "${formats[@]}"; do refused $format 'more than 64 KiB'; done
	head -c 1100000 /dev/zero | tr '\0' '\n' >"$work/hostile"
	for format in "${formats[@]}"; do refused $format 'larger than 1 MiB'; done
	: >"$work/hostile"
	for format in "${formats[@]}"; do refused $format 'nothing in it could be translated'; done
	printf 'a: %s%s\n' "$(printf '[%.0s' {1..2000})" "$(printf ']%.0s' {1..2000})" >"$work/hostile"
	for format in "${yaml_formats[@]}"; do refused $format 'nested more than 32 deep'; done
	printf 'a: "x\n' >"$work/hostile"
	for format in "${yaml_formats[@]}"; do refused $format 'not YAML'; done
	printf 'a: &a [*a, *a]\n' >"$work/hostile"
	for format in "${yaml_formats[@]}"; do refused $format 'nested more than\|nothing is translated'; done
	printf '[INPUT\n  Name tail\n' >"$work/hostile"
	refused fluent-bit 'hostile:1: a section'
	printf 'input(type="imfile" File="/var/log/x\n' >"$work/hostile"
	refused rsyslog 'does not end'
	printf 'if $msg contains "x" then {\n  stop\n' >"$work/hostile"
	refused rsyslog 'does not end'
	printf '/* never ends\n' >"$work/hostile"
	refused rsyslog 'does not end'
	seq 1 3000 | sed 's/.*/[S&]/' >"$work/hostile"
	refused fluent-bit 'more than'
}

# Values are texts, whatever they look like.
case_no_value_becomes_yaml() {
	cat >"$work/odd" <<-'END'
		[INPUT]
		    Name tail
		    Path /a: b #c'd"e\f*.log
		[FILTER]
		    Name modify
		    Match *
		    Add k yes
		    Add q {x: [1, 2]}
		    Add d ${not a variable} $${
	END
	convert fluent-bit "$work/odd" || fail "$(<"$work/notes")"
	accepted "$work/dropin" odd
	grep -qF "'/a: b #c''d\"e\\f*.log'" "$work/dropin" || fail "$(<"$work/dropin")"
	grep -qF "'q={x: [1, 2]}'" "$work/dropin" || fail "$(<"$work/dropin")"
}

# Numbers, rights and encodings that genlog does not take are told, and do not set the drop-in aside.
case_odd_values_are_told() {
	cat >"$work/odd" <<-'END'
		[INPUT]
		    Name tail
		    Path /a
		    Rotate_Wait 0
		    generic.encoding klingon
		[INPUT]
		    Name syslog
		    Mode tcp
		    Port 70000
		    Unix_Perm rw
	END
	convert fluent-bit "$work/odd" || fail "$(<"$work/notes")"
	accepted "$work/dropin" odd
	for what in '4: Rotate_Wait' '5: generic.encoding' '9: Port' '10: Unix_Perm'; do
		grep -q ":$what: not a " "$work/notes" || fail "$what: $(<"$work/notes")"
	done
}

# Not its form alone: a drop-in that was made reads, keeps and names what the other shipper would have.
case_lines_come_as_they_would_have() {
	mkdir -p "$logs" "$work/conf.d"
	cat >"$work/bit" <<-END
		[PARSER]
		    Name     till
		    Format   regex
		    Regex    ^(?<at>[^ ]+ [^ ]+) (?<level>[A-Z]+) (?<message>.*)\$
		    Time_Key at
		    Time_Format %Y-%m-%d %H:%M:%S
		[MULTILINE_PARSER]
		    name  dated
		    type  regex
		    rule  "start_state" "/^[0-9]{4}-/" "cont"
		[INPUT]
		    Name   tail
		    Path   $logs/*.log
		    Parser till
		    multiline.parser dated
		    Read_from_Head on
		[FILTER]
		    Name    grep
		    Match   *
		    Exclude message heartbeat
	END
	convert fluent-bit "$work/bit" || fail "$(<"$work/notes")"
	agent_extra='include: conf.d/*.yaml' agent_conf "$(archive_output)" </dev/null
	cp "$work/dropin" "$work/conf.d/app.yaml"
	put "$logs/a.log" '2025-12-22 10:30:45 INFO sold' '2025-12-22 10:30:46 INFO heartbeat' '2025-12-22 10:30:47 ERROR torn' '  in two'
	agent_once
	expect_messages sold 'torn\x0a  in two'
}

case_usage() {
	local code=0

	convert fluentd fluent-bit-files.conf || code=$?
	[ $code = 2 ] || fail "exit code $code"
	code=0
	convert rsyslog || code=$?
	[ $code = 2 ] || fail "exit code $code"
	code=0
	convert rsyslog "$work/not-there" || code=$?
	[ $code = 1 ] || fail "exit code $code"
}

cases "$@"
