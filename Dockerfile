# The program and the few files that it needs, from the Debian that it is built on. No shell, no package manager.
# docker buildx build --platform linux/amd64,linux/arm64 . builds for both: nothing here is of one architecture.
ARG DEBIAN=bookworm

FROM rust:1-${DEBIAN} AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src ./src
COPY crates ./crates
COPY migrations ./migrations
COPY assets ./assets
COPY docs/openapi.json ./docs/openapi.json
# Named in Cargo.toml, so Cargo wants to see them; they are not built.
COPY benches ./benches
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --profile dist --locked --bin stringee-router \
    && install -D -m 0755 target/dist/stringee-router /out/usr/local/bin/stringee-router
# All of the image is staged under /out: the C library and what else the program is linked with, certificates for
# Stringee's API, a name for the user, and how to look up hosts.
RUN ldd /out/usr/local/bin/stringee-router | grep -o '/[^ ]*' | xargs cp --parents --dereference -t /out \
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
