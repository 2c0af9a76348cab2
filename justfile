# Recipes; `just` lists them.
default:
    @just --list

# Exactly what CI runs.
ci:
    bash .ci/run

# Formats, lints, documents and tests.
check:
    cargo fmt --check
    cargo clippy --all-targets --locked -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked
    cargo test --locked

# Starts the server with the shipped configuration.
run:
    cargo run --release

# Accepts changed insta snapshots after a look at them.
review:
    INSTA_UPDATE=always cargo test --locked
    git diff --stat -- '*.snap'

# Licences, sources and known advisories of the dependencies (needs cargo-deny).
deny:
    cargo deny check

# Builds the tarball and the Debian package with the profile `dist`, into target/packages.
packages:
    packaging/build

# Tries packages, image and alerts for real (root on Debian).
try-packages:
    bash .ci/packages.sh target/debug/stringee-router

# Builds the image.
image:
    docker build -t stringee-router .

# What is shipped is built with this profile; `just profile=release bench` measures what `cargo run --release` builds.
profile := "dist"

# Holds the running server against a static axum server and a plain epoll loop; `just bench core`, `wire`, `events`, `load` and `growth` measure the rest.
bench name="http" *flags:
    cargo bench --profile {{profile}} --locked --bench router -- {{name}} {{flags}}

# Compares the instructions of a request with benches/instructions.toml: a busy machine does not change them (needs valgrind).
bench-instructions *flags:
    cargo bench --locked --bench router -- instructions {{flags}}

# Plays an hour with groups.spread and without it, in three minutes for all seeds together (needs jq).
spread *SEEDS:
    cargo build --locked
    benches/spread.sh {{SEEDS}}

# Every fault as long as docs/reliability.md says, with the figures.
faults:
    FAULTS=long cargo test --locked --test faults -- --nocapture --test-threads 1

# A second, plain evaluation is asked the same: 100,000 calls about 500 sets of rows.
oracle:
    ORACLE=long cargo test --locked -p routing --lib oracle -- --nocapture

# 1,000 requests and one edit a second, with faults by turns and all bystanders, for so many minutes.
soak MINUTES:
    SOAK_MINUTES={{MINUTES}} cargo test --locked --test faults soak -- --nocapture

# Feeds each fuzz target for so many seconds (needs cargo-fuzz and a nightly compiler).
fuzz SECONDS:
    for target in wire number schedule compile; do \
        mkdir -p fuzz/found/$target && \
        cargo +nightly fuzz run $target fuzz/found/$target fuzz/corpus/$target -- -max_total_time={{SECONDS}} -timeout=10 || exit 1; \
    done
