# The server in an image of nothing else: no shell, no package, no root. `make image` builds it.
FROM scratch

# The builder sets it: amd64 or arm64.
ARG TARGETARCH
COPY target/image/linux-${TARGETARCH}/latchkey /usr/bin/latchkey

# 65532 is what distroless images call nonroot. A volume takes over the owner of this folder.
COPY --chown=65532:65532 target/image/data /data
COPY --chown=65532:65532 target/image/data /tmp
USER 65532:65532

VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=2s --start-period=5s CMD ["/usr/bin/latchkey", "health"]
ENTRYPOINT ["/usr/bin/latchkey"]
CMD ["--listen", "0.0.0.0:8080", "--data", "/data"]
