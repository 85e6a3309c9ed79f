# Sourced by the other scripts: the project's own tools come first on PATH.
PATH="$PWD/.tools/bin:$PWD/node_modules/.bin:$PATH"
if [ -e .tools/debian-rust ]; then
  # The target came with Debian's compiler (see tools/setup.sh).
  PATH="/usr/bin:$PATH"
fi
export PATH WRANGLER_SEND_METRICS=false
