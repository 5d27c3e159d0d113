#!/bin/sh
# A failure is made small, and what is printed for it fails in the same way.
# usage: replay.sh SIM
set -eu
out=$("$1" --seed 4 --plant ignored-sibling --minimise --quiet \
	2>/dev/null) && {
	echo 'the planted bug was not found' >&2
	exit 1
}
small=$(printf '%s\n' "$out" | sed -n 's/^made smaller: //p')
words=$(printf '%s\n' "$out" | sed -n 's/^replay: sim //p')
printf '%s\n' "$small" "$words"
# shellcheck disable=SC2086 # the command line that was printed
again=$("$1" $words --quiet 2>/dev/null) && {
	echo 'the replay does not fail' >&2
	exit 1
}
printf '%s\n' "$again" | grep -qF "seed 4: $small"
# It takes two who write and one session at least, and not much more.
[ "$(printf '%s' "${words##*--only }" | tr -cd , | wc -c)" -lt 20 ]
