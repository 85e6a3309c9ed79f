#!/bin/sh
# Installs what the project needs and this machine lacks: into .tools and node_modules where that is
# possible, by apt otherwise. Quick when repeated. With `test`, also what only the tests need.
set -eu
cd "$(dirname "$0")/.."
say() { echo "set-up: $*"; }

# The one version that is in no lock file.
SCHEMATHESIS=4.32.5

apt_install() {
  missing=""
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  say "apt-get install$missing"
  # shellcheck disable=SC2086
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing; } \
    >.tools/apt.log 2>&1 || { tail -n 20 .tools/apt.log >&2; exit 1; }
}

# Debian's own Rust, where rustup cannot reach its server: it has no wasm32 target, so std is built.
debian_rust() {
  say "rustup cannot add the wasm32 target; taking Debian's Rust instead"
  apt_install rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy rustfmt-web
  apt_install "lld-$(/usr/bin/rustc --version -v | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')"
  libraries="$(/usr/bin/rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib"
  if ! ls "$libraries"/libstd-*.rlib >/dev/null 2>&1; then
    say "building std for wasm32"
    std=.tools/std
    rm -rf $std && mkdir -p $std/src "$libraries" && : >$std/src/lib.rs
    printf '[package]\nname = "empty"\nedition = "2021"\n[workspace]\n' >$std/Cargo.toml
    (cd $std && RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 /usr/bin/cargo build --quiet --release \
      --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort,test)
    find $std/target/wasm32-unknown-unknown/release/deps -name '*.rlib' ! -name 'libempty-*' \
      -exec cp {} "$libraries" \;
  fi
  touch .tools/debian-rust
}

has_wasm32() {
  ls "$(rustc --print sysroot)"/lib/rustlib/wasm32-unknown-unknown/lib/libstd-*.rlib >/dev/null 2>&1
}

locked() { # package lock file: its version there
  sed -n "/^name = \"$1\"\$/{n;s/^version = \"\(.*\)\"\$/\1/p;}" "$2"
}

# The programs of wasm-bindgen, as tools/wasm-bindgen/Cargo.lock has them: the lock file that they come with does not
# resolve. They must be of the version of the crate that the Worker is built with.
wasm_bindgen() {
  crate=tools/wasm-bindgen
  library=$(locked wasm-bindgen Cargo.lock) programs=$(locked wasm-bindgen-cli $crate/Cargo.lock)
  if [ -z "$library" ] || [ "$library" != "$programs" ]; then
    say "Cargo.lock has wasm-bindgen $library, and $crate/Cargo.lock has wasm-bindgen-cli $programs: they must be the same" >&2
    exit 1
  fi
  ! cmp -s $crate/Cargo.lock .tools/wasm-bindgen.lock || return 0
  say "cargo install wasm-bindgen $programs (some minutes)"
  # A tool that runs for seconds need not be compiled for speed.
  CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_TARGET_DIR=.tools/target \
    cargo install --quiet --locked --force --root .tools --path $crate
  cp $crate/Cargo.lock .tools/wasm-bindgen.lock
}

mkdir -p .tools
if [ "${RUST_FROM:-rustup}" = debian ]; then
  debian_rust
elif ! has_wasm32 && [ ! -e .tools/debian-rust ]; then
  say "rustup target add wasm32-unknown-unknown"
  rustup target add wasm32-unknown-unknown >.tools/rustup.log 2>&1 || debian_rust
fi

if ! cmp -s package-lock.json node_modules/.installed-lock; then
  say "npm install, the versions of package-lock.json"
  # Not npm ci: it insists on the binaries of every platform, and the lock has those of Linux.
  npm install --no-audit --no-fund --loglevel=error >.tools/npm.log 2>&1 || { tail -n 20 .tools/npm.log >&2; exit 1; }
  cp package-lock.json node_modules/.installed-lock
fi

. tools/env.sh
wasm_bindgen

python_tool() { # package version
  stamp=".tools/$1-$2"
  [ ! -e "$stamp" ] || return 0
  say "pip install $1 $2"
  rm -rf ".tools/$1"
  python3 -m venv ".tools/$1" >.tools/pip.log 2>&1 || { apt_install python3-venv && python3 -m venv ".tools/$1"; }
  ".tools/$1/bin/pip" install --quiet --disable-pip-version-check "$1==$2"
  touch "$stamp"
}

[ "${1:-}" != test ] || python_tool schemathesis "$SCHEMATHESIS"

if [ "${1:-}" = test ] && ! command -v chromium >/dev/null; then
  apt_install chromium
fi
