# shellcheck shell=bash
# Sourced by what fetches packages of another release.

# The mirror that apt knows: whoever set up the machine has chosen one that can be reached.
debian_mirror() {
	if [ -n "${GENLOG_DEVDB_MIRROR:-}" ]; then
		echo "$GENLOG_DEVDB_MIRROR"
	else
		# shellcheck disable=SC2016 # apt expands it
		apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v security |
			sed -n 1p
	fi
}
