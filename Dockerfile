# The program and the few files that it needs, from the Debian that it is built on. No shell, no package manager.
# docker buildx build --platform linux/amd64,linux/arm64 . builds for both.
ARG DEBIAN=bookworm

# On the machine that builds, whatever it builds for: it compiles across, as under emulation it would take hours.
FROM --platform=$BUILDPLATFORM rust:1-${DEBIAN} AS build
# What it is built for: amd64 or arm64, and what compilers call that.
ARG TARGETARCH
RUN case $TARGETARCH in amd64) machine=x86_64 ;; arm64) machine=aarch64 ;; \
      *) echo "this image is for amd64 and arm64, not for '$TARGETARCH'"; exit 1 ;; esac \
    && echo $machine > /machine \
    && if [ $machine != "$(uname -m)" ]; then apt-get update -qq && apt-get install -y -qq --no-install-recommends \
      gcc-$(echo $machine | tr _ -)-linux-gnu libc6-dev-$TARGETARCH-cross && rustup target add $machine-unknown-linux-gnu; fi
ENV CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=x86_64-linux-gnu-gcc \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src ./src
COPY crates ./crates
COPY migrations ./migrations
COPY assets ./assets
COPY docs/openapi.json ./docs/openapi.json
# Named in Cargo.toml, so Cargo wants to see them; they are not built.
COPY benches ./benches
# `dist` is what is shipped; `dev` is built in a third of the time, to try things.
ARG PROFILE=dist
ENV CARGO_PROFILE_DEV_DEBUG=none CARGO_PROFILE_DEV_STRIP=symbols
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target,sharing=locked \
    target=$(cat /machine)-unknown-linux-gnu \
    && cargo build --profile $PROFILE --locked --bin stringee-router --target $target \
    && install -D -m 0755 target/$target/$(echo $PROFILE | sed s/^dev$/debug/)/stringee-router /out/usr/local/bin/stringee-router
# All of the image is staged under /out: the program's loader and libraries from where its compiler has them, certificates
# for Stringee's API, a name for the user, and how to look up hosts.
RUN machine=$(cat /machine) && program=/out/usr/local/bin/stringee-router \
    && stage() { install -D -m 0755 "$($machine-linux-gnu-gcc -print-file-name="${1##*/}")" "/out$1"; } \
    && stage "$(readelf -l $program | sed -n 's/.*interpreter: \(.*\)]/\1/p')" \
    && for library in $(readelf -d $program | sed -n 's/.*(NEEDED).*\[\(.*\)]/\1/p'); do \
      stage /lib/$machine-linux-gnu/$library || exit; done \
    && install -D -m 0644 /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ca-certificates.crt \
    && echo 'stringee-router:x:65532:65532::/data:/sbin/nologin' > /out/etc/passwd \
    && echo 'stringee-router:x:65532:' > /out/etc/group \
    && echo 'hosts: files dns' > /out/etc/nsswitch.conf \
    && install -d -m 1777 /out/tmp \
    && install -d -o 65532 -g 65532 -m 0750 /out/data
COPY packaging/config.toml /out/etc/stringee-router/config.toml

FROM scratch
LABEL org.opencontainers.image.title="stringee-router" \
      org.opencontainers.image.description="Answers Stringee's get_list_agents webhook from routing rules kept in SQLite" \
      org.opencontainers.image.licenses="Apache-2.0 OR MIT"
COPY --from=build /out /
ENV PATH=/usr/local/bin
ENV STRINGEE_ROUTER_CONFIG=/etc/stringee-router/config.toml
# Each version of the rules is read, compiled and copied in large pieces of memory and on other threads than the one
# before. The C library would have a heap for each of them, and keep what was given back (docs/performance.md).
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=1048576 MALLOC_TRIM_THRESHOLD_=1048576
# By number, because Kubernetes' runAsNonRoot cannot look up a name.
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["stringee-router", "healthcheck"]
ENTRYPOINT ["stringee-router"]
CMD ["serve"]
