# The operator's bundle for the Operator Lifecycle Manager:
#
#     podman build -f deploy/olm/bundle.Dockerfile -t moorage-operator-bundle:0.1.0 deploy/olm
#
# The labels say what metadata/annotations.yaml says.
FROM scratch
LABEL operators.operatorframework.io.bundle.mediatype.v1=registry+v1 \
      operators.operatorframework.io.bundle.manifests.v1=manifests/ \
      operators.operatorframework.io.bundle.metadata.v1=metadata/ \
      operators.operatorframework.io.bundle.package.v1=moorage-operator \
      operators.operatorframework.io.bundle.channels.v1=alpha \
      operators.operatorframework.io.bundle.channel.default.v1=alpha
COPY manifests /manifests/
COPY metadata /metadata/
