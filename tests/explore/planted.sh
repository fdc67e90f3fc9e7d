#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Plants each fault of planted.txt in a copy of core/ and shows that the explorer finds it.
# Usage, from the top of the repository: tests/explore/planted.sh BUILD_DIR. Output is TAP.
set -u

build=${1:?usage: planted.sh BUILD_DIR}
cc=${CC:-gcc}
libfdt=${LIBFDT:-cache/libfdt}
flags="-std=gnu11 -O1 -w -DCPU_MAX=2 -DPARTITION_MAX=3 -DVM_MAX=1 -Itools/libfdt-env -I. -Itests -isystem $libfdt"
list=tests/explore/planted.txt

field() { # field NAME NUMBER: of the bug with this number
    awk -v name="$1: " -v number="$2" \
        'index($0, "bug: ") == 1 { n++ } n == number && index($0, name) == 1 { print substr($0, length(name) + 1) }' "$list"
}

mutate() { # mutate FILE FIND WITH: the file with the line replaced; fails unless found exactly once
    FIND=$2 WITH=$3 awk '
        { line = $0; gsub(/^[ \t]+|[ \t]+$/, "", line) }
        line == ENVIRON["FIND"] { print ENVIRON["WITH"]; found++; next }
        { print }
        END { exit found == 1 ? 0 : 1 }' "$1"
}

object() { # object SOURCE: the name of its object file
    echo "$build/$(echo "$1" | tr / _ | sed 's/\.c$/.o/')"
}

plant() { # plant NUMBER: why the bug was not found, or nothing
    file=$(field file "$1")
    copy="$build/bug$1.c"
    mutate "$file" "$(field find "$1")" "$(field with "$1")" >"$copy" || { echo "the line is not there exactly once"; return; }
    $cc $flags -c "$copy" -o "$build/bug$1.o" || { echo "it does not compile"; return; }
    others=$(for source in $sources; do [ "$source" = "$file" ] || object "$source"; done)
    $cc $flags $others "$build/bug$1.o" -o "$build/bug$1" || { echo "it does not link"; return; }
    timeout 120 "$build/bug$1" >"$build/bug$1.tap" && { echo "every invariant holds"; return; }
    grep -q "^# broken: .*$(field caught "$1")" "$build/bug$1.tap" ||
        echo "found by another invariant: $(grep -m 1 '^# broken: ' "$build/bug$1.tap")"
}

mkdir -p "$build"
sources=$(ls core/*.c tests/explore/*.c tests/support/*.c "$libfdt"/fdt*.c)
for source in $sources; do
    $cc $flags -c "$source" -o "$(object "$source")" || exit 2
done

count=$(grep -c '^bug: ' "$list")
failed=0
echo "TAP version 13"
echo "1..$count"
for number in $(seq "$count"); do
    why=$(plant "$number")
    if [ -z "$why" ]; then
        echo "ok $number - found: $(field bug "$number")"
    else
        echo "not ok $number - $(field bug "$number"): $why"
        failed=1
    fi
done
exit $failed
