#!/bin/sh
# OP-TEE's test suite has to run whole, and alike, whatever else goes on: `totals.sh TAP…` compares what xtest said at the end of
# each boot.
totals=$(for file; do sed -n 's/^ok [0-9]* - xtest: //p' "$file"; done)
printf '%s\n' "$totals" | sed 's/^/# /'

[ "$(printf '%s\n' "$totals" | grep -c 'subtests of which 0 failed.* cases of which 0 failed.* 0 test cases were skipped$')" -eq $# ] || not='not '
echo "${not-}ok 1 - xtest ran whole in each of $# boots, and nothing failed"
unset not
[ "$(printf '%s\n' "$totals" | sort -u | wc -l)" -eq 1 ] || not='not '
echo "${not-}ok 2 - with the same totals"
echo 1..2
