#!/bin/sh
# Set-up, stage by stage: `tools/setup.sh CACHE STAGE`. A stage names the system packages and the downloads that a
# part of the build needs; what is there already costs nothing and needs no network. Downloads from other suites go
# through a private apt configuration inside CACHE, so the machine's own sources and architectures stay as they are.
# Plain POSIX sh: a bare Debian has no Python yet.
set -u
umask 022
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

cache=$1
stage=$2
kernel_series=6.12
tfa_version=2.12

say() { printf '  %-7s %s\n' SETUP "$1"; }
die() {
    printf '%s\n' "setup: $1" >&2
    exit 1
}

# --- what each stage is -------------------------------------------------------------------------------------------

packages_of() {
    case $1 in
    base) echo gcc libc6-dev xz-utils python3 device-tree-compiler ;;
    host) echo libcmocka-dev clang libclang-rt-14-dev llvm-14 ;;
    target) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross libssl-dev ;;
    lint) echo clang lld clang-format clang-tidy ;;
    bench) echo libglib2.0-dev pkg-config ;;
    optee) echo python3-pyelftools python3-cryptography ;;
    qemu | linux | prove) ;;
    *) die "no stage '$1'" ;;
    esac
}

space_of() { # MiB that the whole stage takes, system packages included
    case $1 in
    base) echo 250 ;;
    host) echo 550 ;;
    target) echo 350 ;;
    qemu) echo 200 ;;
    linux) echo 500 ;;
    lint) echo 600 ;;
    bench) echo 150 ;;
    optee) echo 400 ;;
    prove) echo 250 ;;
    esac
}

fetch_stage() {
    case $1 in
    base) fetch_libfdt ;;
    target) fetch_tfa ;;
    qemu) fetch_qemu ;;
    linux) fetch_linux && fetch_ffa_driver && fetch_busybox ;;
    bench) fetch_plugin_header ;;
    optee) fetch_tee_driver && fetch_optee ;;
    prove) fetch_cbmc ;;
    esac
}

# --- steps, progress and failures ---------------------------------------------------------------------------------

# step TITLE WATCHED BYTES COMMAND…: runs a command, quietly, with its output in the log. On a terminal the line counts
# seconds, and per cent of BYTES (0: unknown) as they arrive in the folder WATCHED.
step() {
    title=$1 watched=$2 bytes=$3
    shift 3
    log=$cache/setup/step.log
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    trap 'kill $pid 2>/dev/null; exit 130' INT TERM
    began=$(date +%s)
    if [ -t 1 ]; then
        while kill -0 $pid 2>/dev/null; do
            progress="$(($(date +%s) - began)) s"
            if [ "$bytes" -gt 0 ]; then
                have=$(du -skc "$watched" "$apt/cache" 2>/dev/null | tail -n 1 | cut -f1)
                progress="$((have * 102400 / bytes)) % of $((bytes / 1000000)) MB, $progress"
            fi
            printf '\r  %-7s %.44s: %s\033[K' SETUP "$title" "$progress"
            sleep 0.3
        done
        printf '\r\033[K'
    fi
    wait $pid
    status=$?
    trap - INT TERM
    cat "$log" >>"$cache/setup/setup.log"
    [ $status -eq 0 ] || explain "$title"
    say "$title ($(($(date +%s) - began)) s)"
}

explain() {
    if grep -qiE 'no space left|enough free space' "$log"; then
        die "$1: no room left on the disk (about $(space_of "$stage") MiB needed)"
    elif grep -qiE 'could ?n.t (resolve|connect)|temporary failure|could not (resolve|connect)|unable to connect|network is unreachable|timed out|connection refused' "$log"; then
        die "$1: the package archive cannot be reached (no network?)"
    elif grep -qiE "could ?n.t get lock|could not get lock" "$log"; then
        die "$1: another program is using apt; try again when it has finished"
    fi
    reason=$(grep -E '^E: |rror' "$log" | tail -n 1)
    die "$1 failed: ${reason:-see $cache/setup/setup.log}"
}

check_room() {
    free=$(($(df -Pk "$cache" | awk 'NR == 2 { print $4 }') / 1024))
    [ "$free" -ge "$(space_of "$stage")" ] || die "no room: set-up stage '$stage' needs about $(space_of "$stage") MiB, $free MiB are free"
}

# --- system packages ----------------------------------------------------------------------------------------------

without_apt() {
    cat >&2 <<'END'
setup: this system has no apt. The build is made for Debian 12; what it uses there:
  GNU make 4.3, gcc 12 and clang 14 (with lld, clang-format, clang-tidy, libFuzzer and sanitizer run times),
  a cross gcc 12 for aarch64-linux-gnu with its libc, dtc 1.6, Python 3.11, OpenSSL 3 headers, cmocka 1.1,
  QEMU 10.0 or newer (qemu-system-aarch64), the sources of TF-A 2.12 and libfdt 1.7,
  and for Linux: an arm64 kernel 6.12 with headers, its source, and a static arm64 BusyBox.
END
    exit 1
}

missing_of() {
    for package; do
        case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) in
        ii*) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n env DEBIAN_FRONTEND=noninteractive "$@"; fi; }

apt_install() {
    set -- -o DPkg::Lock::Timeout=300 -o APT::Install-Recommends=false -y -q "$@"
    as_root apt-get "$@" install $packages && return
    as_root apt-get -o DPkg::Lock::Timeout=300 -o APT::Update::Error-Mode=any update && as_root apt-get "$@" install $packages
}

install_packages() { # TITLE PACKAGE…
    what=$1
    shift
    packages=$(missing_of "$@")
    [ -n "$packages" ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "need root or sudo for: apt-get install $packages"
        sudo -n true 2>/dev/null || sudo -v || die "need root for: apt-get install $packages"
    fi
    check_room
    step "$what: $packages" / 0 apt_install
}

# --- the private apt: suites that this machine does not have, derived from the entry that it has -------------------

private_apt() { # COMMAND…; always in a subshell, which it replaces: killing a step kills apt
    program=$1
    shift
    exec "$program" -c "$apt/apt.conf" "$@"
}

configure_private_apt() {
    . /etc/os-release
    codename=${VERSION_CODENAME:-unknown}
    entry=$(apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(SOURCESENTRY)' 'Created-By: Packages' |
        awk -v suite="$codename" '$2 == suite && $3 == "main" { print; exit }')
    [ -n "$entry" ] || die "apt has no source with suite '$codename', component 'main'"
    uri=${entry%% *}
    file=$(echo "$entry" | awk '{ sub(/:[0-9]+$/, "", $4); print $4 }')
    keyring=$(sed -n 's/.*[Ss]igned-[Bb]y[:=] *\(\/[^] ]*\).*/\1/p' "$file" 2>/dev/null | head -n 1)
    keyring=${keyring:-/usr/share/keyrings/debian-archive-keyring.gpg}
    mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache/archives/partial"
    cat >"$apt/apt.conf" <<END
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$apt/parts";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State::lists "$apt/lists";
Dir::Cache "$apt/cache";
APT::Architectures { "$(dpkg --print-architecture)"; "arm64"; };
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::GzipIndexes "true";
Acquire::Languages "none";
Acquire::Retries "3";
END
    case $suites in
    stable)
        source_entry deb bookworm arm64
        source_entry "deb deb-src" bookworm-backports "$(dpkg --print-architecture) arm64"
        source_entry deb-src trixie ""
        ;;
    trixie) source_entry deb trixie "$(dpkg --print-architecture)" ;;
    sid) source_entry "deb deb-src" sid arm64 ;;
    esac >"$apt/parts/bulkhead.sources"
}

source_entry() { # TYPES SUITE ARCHITECTURES
    printf 'Types: %s\nURIs: %s\nSuites: %s\nComponents: main\n' "$1" "$uri" "$2"
    [ -z "$3" ] || printf 'Architectures: %s\n' "$3"
    [ ! -f "$keyring" ] || printf 'Signed-By: %s\n' "$keyring"
    echo
}

private_lists() {
    [ -z "$(find "$apt/updated" -mmin -60 2>/dev/null)" ] || return 0
    configure_private_apt
    case $suites in
    stable) what_lists="bookworm-backports, trixie sources" ;;
    *) what_lists=$suites ;;
    esac
    step "package lists ($what_lists)" "$apt/lists" 0 private_apt apt-get -q update
    touch "$apt/updated"
}

# Each set of suites has lists of its own: the newest package of one must not be taken from the other.
use_suites() {
    suites=$1
    case $suites in
    stable) apt=$cache/apt ;;
    *) apt=$cache/apt-$suites ;;
    esac
}

# --- downloads: verified by apt, complete or not there --------------------------------------------------------------

# download TITLE APT_ARGUMENT…: leaves the named packages' files in cache/debs.
download() {
    what=$1
    shift
    check_room
    private_lists
    uris=$(private_apt apt-get -q --print-uris "$@" 2>"$cache/setup/step.log") || die "$what: not found in this machine's package archive ($(tail -n 1 "$cache/setup/step.log"))"
    files=$(echo "$uris" | awk '/^.[a-z]+:/ { print $2 }')
    wanted=''
    for file in $files; do [ -f "$cache/debs/$file" ] || wanted=yes; done
    [ -n "$wanted" ] || return 0
    partial=$cache/debs/partial/$stage
    mkdir -p "$partial"
    step "$what" "$partial" "$(echo "$uris" | awk '/^.[a-z]+:/ { n += $3 } END { print n + 0 }')" download_into "$partial" "$@"
    for file in $files; do mv "$partial/$file" "$cache/debs/$file"; done
    rm -rf "$partial"
}

download_into() {
    cd "$1" && shift && private_apt apt-get -q "$@"
}

source_version() { # NAME PREFIX: the newest source version that begins with PREFIX
    private_lists >&2
    private_apt apt-cache showsrc --only-source "$1" 2>/dev/null | sed -n "s/^Version: \\($2.*\\)/\\1/p" | sort -V | tail -n 1
}

binary_version() { # NAME: its newest version
    private_lists >&2
    private_apt apt-cache show "$1" 2>/dev/null | sed -n 's/^Version: //p' | sort -V | tail -n 1
}

newest() { # the newest package with a name of this pattern, in bookworm-backports
    private_apt apt-cache search --names-only "$1" | cut -d' ' -f1 | sort -V | tail -n 1
}

deb_of() { # the newest downloaded file of a package
    for file in "$cache/debs/$1"_*.deb; do [ -f "$file" ] && echo "$file"; done | sort -V | tail -n 1
}

unpack_debs() { # FOLDER DEB…: whole or not there
    folder=$1
    shift
    rm -rf "$folder.partial"
    mkdir -p "$folder.partial"
    for deb; do dpkg-deb -x "$deb" "$folder.partial" || return 1; done
    rm -rf "$folder"
    mv "$folder.partial" "$folder"
}

unpack_tar() { # FOLDER TARBALL: its single top folder becomes FOLDER
    rm -rf "$1.partial"
    mkdir -p "$1.partial"
    tar -xf "$2" --strip-components=1 -C "$1.partial" || return 1
    rm -rf "$1"
    mv "$1.partial" "$1"
}

version_of() { dpkg-deb -f "$1" Version; }
record() { printf '%s\n' "$2" >"$cache/versions/$1"; }
tarball() { find "$cache/debs" -maxdepth 1 -name "$1_*.orig.tar.*" ! -name '*.asc' | sort -V | tail -n 1; }
tarball_version() { basename "$1" | sed 's/^[^_]*_//; s/\.orig\.tar.*//; s/+[a-z]*$//'; }

fetch_libfdt() {
    [ -d "$cache/libfdt" ] && return
    download "libfdt source" --tar-only source "device-tree-compiler=$(source_version device-tree-compiler 1)"
    step "unpacking libfdt" / 0 unpack_tar "$cache/dtc" "$(tarball device-tree-compiler)"
    record libfdt "$(tarball_version "$(tarball device-tree-compiler)")"
    rm "$cache/dtc/libfdt/libfdt_env.h" # tools/libfdt-env has ours
    mv "$cache/dtc/libfdt" "$cache/libfdt"
    rm -rf "$cache/dtc"
}

fetch_tfa() {
    [ -d "$cache/tfa" ] && return
    version=$(source_version arm-trusted-firmware "$tfa_version")
    [ -n "$version" ] || die "no TF-A $tfa_version in this machine's package archive"
    download "TF-A source" --tar-only source "arm-trusted-firmware=$version"
    step "unpacking TF-A" / 0 unpack_tar "$cache/tfa" "$(tarball arm-trusted-firmware)"
    record tfa "$(tarball_version "$(tarball arm-trusted-firmware)")"
}

fetch_qemu() {
    [ -d "$cache/qemu" ] || {
        suite=bookworm-backports
        download "QEMU" download "qemu-system-arm/$suite" "qemu-system-common/$suite" "qemu-system-data/$suite"
        version=$(version_of "$(deb_of qemu-system-arm)")
        dpkg --compare-versions "$version" ge 1:10.0 || die "QEMU 10.0 or newer needed, the package archive has $version"
        step "unpacking QEMU" / 0 unpack_debs "$cache/qemu" "$(deb_of qemu-system-arm)" "$(deb_of qemu-system-common)" "$(deb_of qemu-system-data)"
        record qemu "$(echo "$version" | sed 's/^[0-9]*://; s/[+-].*//')"
    }
    libraries=$(dpkg-deb -f "$(deb_of qemu-system-arm)" Depends | tr ',' '\n' | sed 's/[(|].*//; s/ //g' | grep -v '^qemu-')
    install_packages "libraries of QEMU" $libraries
}

fetch_linux() {
    [ -d "$cache/linux" ] && return
    private_lists
    image=$(newest "^linux-image-$kernel_series\..*-cloud-arm64-unsigned$")
    [ -n "$image" ] || die "no arm64 kernel $kernel_series in this machine's package archive"
    release=${image#linux-image-}
    release=${release%-unsigned}
    base=${release%-cloud-arm64}
    download "Linux $base and headers" download "$image:arm64" "linux-headers-$release:arm64" "linux-headers-$base-common" "linux-kbuild-$base"
    step "unpacking Linux" / 0 unpack_linux
    record linux "$release"
}

unpack_linux() {
    unpack_debs "$cache/linux.new" "$(deb_of "linux-headers-$release")" "$(deb_of "linux-headers-$base-common")" "$(deb_of "linux-kbuild-$base")" || return 1
    dpkg-deb --fsys-tarfile "$(deb_of "$image")" | tar -xO "./boot/vmlinuz-$release" >"$cache/linux.new/Image" || return 1
    ln -s "usr/src/linux-headers-$release" "$cache/linux.new/build"
    sed -i 's|/usr/src/|../|' "$cache/linux.new/build/Makefile"
    mv "$cache/linux.new" "$cache/linux"
}

# Drivers have to be of the kernel's own version; the 150 MB around them are not kept. That of OP-TEE comes along.
fetch_ffa_driver() { [ -d "$cache/arm_ffa" ] || fetch_drivers; }
fetch_tee_driver() { [ -d "$cache/tee_optee" ] || fetch_drivers; }

fetch_drivers() {
    version=$(version_of "$(deb_of "linux-headers-$(cat "$cache/versions/linux")")")
    download "drivers' source (in linux-source-$kernel_series)" download "linux-source-$kernel_series=$version"
    step "unpacking the drivers" / 0 unpack_drivers
    rm -f "$(deb_of "linux-source-$kernel_series")"
}

unpack_drivers() {
    top=linux-source-$kernel_series
    drivers=$cache/drivers.partial
    rm -rf "$drivers"
    mkdir -p "$drivers"
    dpkg-deb --fsys-tarfile "$(deb_of "$top")" | tar -xO "./usr/src/$top.tar.xz" |
        tar -xJ -C "$drivers" --strip-components=2 "$top/drivers/firmware/arm_ffa" "$top/drivers/tee/optee"
    [ -f "$drivers/firmware/arm_ffa/driver.c" ] && [ -f "$drivers/tee/optee/ffa_abi.c" ] || return 1
    [ -d "$cache/arm_ffa" ] || mv "$drivers/firmware/arm_ffa" "$cache/arm_ffa" || return 1
    [ -d "$cache/tee_optee" ] || mv "$drivers/tee/optee" "$cache/tee_optee" || return 1
    rm -rf "$drivers"
}

# OP-TEE: its source, its tests with trusted applications, and what runs in Linux, with the libraries of all that. Of one
# suite, as they have to fit each other.
optee_packages='optee-test-qemu tee-supplicant libteec2 optee-client-dev libckteec0t64 libssl3t64 libzstd1 zlib1g libc6'

fetch_optee() {
    [ -f "$cache/optee/root/usr/include/tee_client_api.h" ] && return
    use_suites sid
    tests=$(binary_version optee-test-qemu:arm64)
    [ -n "$tests" ] || die "no test suite of OP-TEE (optee-test-qemu) in this machine's package archive (suite sid)"
    series=$(echo "$tests" | sed 's/^\([0-9]*\.[0-9]*\).*/\1/')
    version=$(source_version optee-os "$series\\.") # trusted applications are signed as their own version expects
    [ -n "$version" ] || die "OP-TEE's test suite is $series, and no OP-TEE OS $series is in this machine's package archive (suite sid): \
they have to be of one version"
    download "OP-TEE OS source" --tar-only source "optee-os=$version"
    download "OP-TEE's programs and tests" download $(printf '%s:arm64 ' $optee_packages)
    step "unpacking OP-TEE" / 0 unpack_optee
    record optee "$(tarball_version "$(tarball optee-os)")"
    record xtest "$(version_of "$(deb_of optee-test-qemu)" | sed 's/-.*//')"
    record tee-supplicant "$(version_of "$(deb_of tee-supplicant)" | sed 's/-.*//')"
    use_suites stable
}

# tee.ko is the kernel's own; OP-TEE's driver is built again, with its FF-A part.
unpack_optee() {
    rm -rf "$cache/optee.new"
    debs=$(for package in $optee_packages; do deb_of "$package"; done)
    unpack_debs "$cache/optee.new/root" $debs || return 1
    unpack_tar "$cache/optee.new/os" "$(tarball optee-os)" || return 1
    release=$(cat "$cache/versions/linux")
    for module in tee/tee block/virtio_blk; do
        dpkg-deb --fsys-tarfile "$(deb_of "linux-image-$release-unsigned")" |
            tar -xO "./lib/modules/$release/kernel/drivers/$module.ko.xz" | xz -dc >"$cache/optee.new/${module#*/}.ko" || return 1
    done
    rm -rf "$cache/optee"
    mv "$cache/optee.new" "$cache/optee"
}

fetch_busybox() {
    [ -d "$cache/busybox" ] && return
    download "BusyBox" download busybox-static:arm64
    step "unpacking BusyBox" / 0 unpack_debs "$cache/busybox" "$(deb_of busybox-static)"
    record busybox "$(version_of "$(deb_of busybox-static)" | sed 's/^[0-9]*://; s/-.*//')"
}

# CBMC is in trixie alone, and needs its libraries: it runs from a folder of its own, through the loader there.
fetch_cbmc() {
    [ -d "$cache/cbmc" ] && return
    use_suites trixie
    download "CBMC" download cbmc minisat cadical libc6 libstdc++6 libgcc-s1
    step "unpacking CBMC" / 0 unpack_cbmc
    record cbmc "$(version_of "$(deb_of cbmc)" | sed 's/-.*//')"
    for file in $files; do rm -f "$cache/debs/$file"; done # another libc6 is OP-TEE's
    use_suites stable
}

unpack_cbmc() {
    new=$cache/cbmc.new
    unpack_debs "$new" $(for file in $files; do echo "$cache/debs/$file"; done) || return 1
    loader=$(cd "$new" && find usr -name 'ld-linux*.so.*' | head -n 1)
    library=$(cd "$new" && dirname "$(find usr -name libc.so.6 | head -n 1)")
    here='${0%/*}'
    for program in cbmc cadical; do
        printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' "$here/$loader" "$here/$library:$here/usr/lib" "$here/usr/bin/$program" >"$new/$program" &&
            chmod +x "$new/$program" && "$new/$program" --version || return 1
    done
    mv "$new" "$cache/cbmc"
}

fetch_plugin_header() {
    [ -f "$cache/plugin/qemu-plugin.h" ] && return
    download "QEMU source (plugin header)" --tar-only source "qemu=$(source_version qemu "1:$(cat "$cache/versions/qemu")")"
    step "unpacking the plugin header" / 0 unpack_plugin_header
    rm -f "$(tarball qemu)"
}

unpack_plugin_header() {
    mkdir -p "$cache/plugin.partial"
    tar -xf "$(tarball qemu)" -C "$cache/plugin.partial" --strip-components=3 --wildcards '*/include/qemu/qemu-plugin.h' &&
        mv "$cache/plugin.partial" "$cache/plugin"
}

# ------------------------------------------------------------------------------------------------------------------

command -v apt-get >/dev/null && command -v dpkg >/dev/null || without_apt
mkdir -p "$cache/setup" "$cache/debs" "$cache/versions" || die "cannot write to $cache"
cache=$(cd "$cache" && pwd)
use_suites stable

# One set-up at a time, also under make -j.
exec 9>"$cache/setup/lock"
flock 9

install_packages "packages" $(packages_of "$stage")
fetch_stage "$stage" || die "stage '$stage' failed: see $cache/setup/setup.log"
touch "$cache/setup/$stage"
