#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Plants each fault of tests/LAYER/planted.txt in a copy of core/ and shows that the layer finds it.
# Usage, from the top of the repository: tests/planted.sh LAYER BUILD_DIR. Output is TAP.
set -u

layer=${1:?usage: planted.sh explore|unit|oracle|fuzz BUILD_DIR}
build=${2:?usage: planted.sh explore|unit|oracle|fuzz BUILD_DIR}
libfdt=${LIBFDT:-cache/libfdt}
list=tests/$layer/planted.txt
flags="-std=gnu11 -O1 -w -Itools/libfdt-env -I. -Itests -isystem $libfdt"
libraries=
case $layer in
explore) cc=${CC:-gcc} libraries=-Wl,--wrap=print,--wrap=print_registers flags="$flags ${EXPLORE_LIMITS:?flags of the explorer} -DORACLE_EVERY=0" ;;
unit) cc=${CC:-gcc} flags="$flags -DORACLE_EVERY=0" libraries=-lcmocka ;;
oracle) cc=${CC:-gcc} flags="$flags ${ORACLE_LIMITS:?flags of the oracle}" ;;
fuzz) cc=${FUZZCC:-clang} flags="$flags ${FUZZ_LIMITS:?flags of the fuzzers} -DORACLE_EVERY=0 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" libraries=-fsanitize=fuzzer,address,undefined ;;
esac

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

object() { # object DIR SOURCE: the name of its object file
    echo "$1/$(echo "$2" | tr / _ | sed 's/\.c$/.o/')"
}

compile() { # compile DIR SOURCE...: with the headers and sources of DIR before those of the tree
    dir=$1
    shift
    for source in "$@"; do
        from=$source
        [ -f "$dir/$source" ] && from=$dir/$source
        $cc -I"$dir" $flags -c "$from" -o "$(object "$dir" "$source")" || return 1
    done
}

link() { # link DIR PROGRAM_SOURCES: objects of DIR, else of the tree
    objects=$(for source in $shared $2; do
        [ -f "$(object "$1" "$source")" ] && object "$1" "$source" || object "$build" "$source"
    done)
    $cc $objects $libraries -o "$1/program"
}

run() { # run DIR BY: fails if it found something; BY is the number of the explorer's search
    case $layer in
    explore) timeout 120 "$1/program" $2 ;;
    oracle) timeout 120 "$1/program" 3000 ;;
    unit) CMOCKA_MESSAGE_OUTPUT=TAP timeout 120 "$1/program" ;;
    fuzz) timeout 120 "$1/program" -seed=1 -runs=300000 -max_total_time=60 -artifact_prefix="$1/" "$1/corpus" "tests/fuzz/corpus/${2#fuzz_}" ;;
    esac >"$1/output" 2>&1
}

finding() { # finding DIR: what the program found
    grep -e '^# broken: ' -e '^#* *disagree: ' -e '^not ok [0-9]* - ' -e '^broken invariant: ' -e '^an accepted manifest is not sound: ' -e 'ERROR: AddressSanitizer: ' -e 'runtime error: ' "$1/output"
}

plant() { # plant NUMBER: why the bug was not found, or nothing
    file=$(field file "$1")
    program=$(field by "$1")
    dir=$build/bug$1
    rm -rf "$dir" # of a run whose list was another
    mkdir -p "$dir/core" "$dir/corpus"
    mutate "$file" "$(field find "$1")" "$(field with "$1")" >"$dir/$file" || { echo "the line is not there exactly once"; return; }
    case $file in *.c) sources=$file ;; *) sources=$core ;; esac
    compile "$dir" $sources || { echo "it does not compile"; return; }
    link "$dir" "$(sources_of "$program")" || { echo "it does not link"; return; }
    run "$dir" "$program" && { echo "nothing is found"; return; }
    finding "$dir" | grep -q "$(field caught "$1")" || echo "found in another way: $(finding "$dir" | head -n 1)"
    rm -rf "$dir"
}

sources_of() { # sources_of PROGRAM: those that are its own
    case $layer in
    explore | oracle) ls tests/$layer/*.c ;;
    fuzz) echo "tests/fuzz/$1.c"; ls tests/fuzz/*.c tests/oracle/*.c | grep -v -e /fuzz_ -e /oracle.c ;;
    *) echo "tests/$layer/$1.c" ;;
    esac
}

mkdir -p "$build"
core=$(ls core/*.c)
shared="$core $(ls tests/support/*.c tests/rules/*.c "$libfdt"/fdt*.c)"
programs=$(for program in $(sed -n 's/^by: //p' "$list" | sort -u) $([ "$layer" = explore ] && echo explore); do sources_of "$program"; done | sort -u)
compile "$build" $shared $programs || exit 2

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
