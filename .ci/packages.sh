#!/usr/bin/env bash
# The packages, the image and the alerts, tried for real with the program that the tests have built. Some three minutes.
#
#   .ci/packages.sh BINARY
set -euo pipefail
binary=$(realpath "${1:?usage: .ci/packages.sh BINARY}")
cd "$(dirname "$0")/.."
export COMPRESSION=gzip DEBIAN_FRONTEND=noninteractive

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "NOT CHECKED: packages and image (that needs root and Debian)"
  exit
fi
# Services that packages would start here are nobody's business: only the programs are wanted.
install() {
  local refusal=/usr/sbin/policy-rc.d
  if [ ! -e $refusal ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' RETURN
    printf '#!/bin/sh\nexit 101\n' >$refusal && chmod +x $refusal
  fi
  apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
apt-get update -qq || true

# The alerts. Of Prometheus only promtool is wanted.
if command -v promtool >/dev/null || (cd "$(mktemp -d)" && apt-get download -qq prometheus && dpkg -x prometheus_*.deb x &&
  command install -m 0755 x/usr/bin/promtool /usr/local/bin/promtool) 2>/dev/null; then
  promtool check rules packaging/prometheus/alerts.yaml
  promtool test rules packaging/prometheus/alerts.test.yaml
else
  echo "NOT CHECKED: the alerts (promtool cannot be had)"
fi

packaging/build --binary "$binary" --folder target/packages/new >/dev/null
# What is upgraded is the package of the commit before: its program, its scripts, its tables. Only the workspace's own
# crates are built for it; the others are those of this build. Its program stands where ours stood for a while.
old=$PWD/target/packages/old before=$PWD/target/before
build_before() (
  git rev-parse --quiet --verify HEAD^ >/dev/null || return
  rm -rf "$before" && mkdir -p "$before" && git archive HEAD^ | tar -x -C "$before" || return
  cd "$before" && export CARGO_TARGET_DIR=../../target || return
  cargo build --locked --quiet --bin stringee-router && cp ../debug/stringee-router program || return
  packaging/build --binary program --folder "$old" --version '0.0.1~before' >/dev/null
)
if ! build_before; then
  echo "NOT CHECKED: an upgrade from the commit before (no history, or it does not build); this one is upgraded to itself"
  packaging/build --binary "$binary" --folder "$old" --version '0.0.1~before' >/dev/null
fi
cargo build --locked --quiet --bin stringee-router
if install debootstrap; then
  packaging/try target/packages/new/*.deb target/packages/old/*.deb
else
  echo "NOT CHECKED: the Debian package (debootstrap cannot be had)"
fi
if install docker.io && install debootstrap; then
  install docker-compose || echo "NOT CHECKED: compose.yaml (docker-compose cannot be had)"
  packaging/try-image "$binary"
  # The Dockerfile's own compile, across, and the program of the other platform.
  if [ -z "${ARM64:-}" ]; then
    echo "NOT CHECKED: the image for arm64 (it is compiled whole; ARM64=1 .ci/packages.sh BINARY does that)"
  elif rustup target add aarch64-unknown-linux-gnu 2>/dev/null && install qemu-user-static; then
    packaging/try-image --compile dev linux/arm64
  else
    echo "NOT CHECKED: the image for arm64 (Rust's library for it or qemu-user-static cannot be had)"
  fi
else
  echo "NOT CHECKED: the image (docker.io cannot be had)"
fi
