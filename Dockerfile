# The program in an image: built once with everything the compiler can do, run as nobody in particular.
FROM rust:1-slim-trixie AS build
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/build/target \
    cargo build --locked --profile shipped && cp target/shipped/fidelidade /fidelidade

FROM debian:trixie-slim
# Certificates for platforms, feeds and mail servers; curl for the health check.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data fidelidade && install -d -o fidelidade /data
COPY --from=build /fidelidade /usr/local/bin/fidelidade
COPY config/production.toml /etc/fidelidade/production.toml
USER fidelidade
ENV FIDELIDADE__DATA__DIR=/data \
    FIDELIDADE__HTTP__ADDRESS=0.0.0.0:8080 \
    FIDELIDADE__LOG__FORMAT=json
VOLUME /data
EXPOSE 8080
# For `serve` and for both halves together; a container that only works switches it off.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/health/ready"]
ENTRYPOINT ["fidelidade"]
