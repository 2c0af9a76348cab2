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

# Builds the image.
image:
    docker build -t stringee-router .
