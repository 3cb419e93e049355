"""Names, labels and annotations of everything that belongs to a QuayRegistry.

NAME-quay-app                        Deployment, Service, ServiceAccount, NetworkPolicy,
                                     PodDisruptionBudget, HorizontalPodAutoscaler
NAME-quay-app-upgrade                Job that migrates a PostgreSQL database
NAME-quay-data                       PersistentVolumeClaim, kept when the registry is deleted
NAME-quay-datastore                  ObjectBucketClaim, kept likewise
NAME-quay                            Route, Ingress or HTTPRoute
NAME-quay-tls, NAME-quay-ca          Secret and ConfigMap of a generated certificate
NAME-quay-metrics                    Service and ServiceMonitor
NAME-quay-config-secret-HASH         the rendered configuration
NAME-quay-registry-managed-secret-keys   generated keys, kept likewise
"""

from __future__ import annotations

from dataclasses import dataclass

GROUP, VERSION, KIND, PLURAL = "quay.redhat.com", "v1", "QuayRegistry", "quayregistries"
API_VERSION = f"{GROUP}/{VERSION}"

FIELD_MANAGER = "moorage-operator"

LABEL_REGISTRY = "quay-operator/quayregistry"
LABEL_COMPONENT = "quay-component"
LABEL_MANAGED_BY = "app.kubernetes.io/managed-by"

DELETION_POLICY = "moorage/deletion-policy"
"""Delete or Retain (the default): what becomes of the data when the QuayRegistry is deleted."""
TAKE_OVER = "moorage/take-over"
""""true" hands a QuayRegistry of Quay's operator over to this one."""
EXPOSURE = "moorage/exposure"
"""Route, Ingress, Gateway or Service, instead of what the cluster suggests."""
INGRESS_CLASS = "moorage/ingress-class"
BUCKET_CLASS = "moorage/object-bucket-class"
"""StorageClass of an ObjectBucketClaim that is to hold the blobs."""
CONFIG_HASH = "moorage/config-hash"
SCHEMA = "moorage/schema"
"""On Deployment and Job: the database and the release whose schema it has."""
RELEASE = "moorage/release"
"""On a Deployment: the release of moorage it was rendered for."""
FINALIZER = "moorage/delete-data"

CERT_MANAGER = ("cert-manager.io/cluster-issuer", "cert-manager.io/issuer")


@dataclass(frozen=True, slots=True)
class Names:
    """Of one registry's objects."""

    registry: str
    namespace: str

    @property
    def app(self) -> str:
        return f"{self.registry}-quay-app"

    @property
    def upgrade(self) -> str:
        return f"{self.registry}-quay-app-upgrade"

    @property
    def data(self) -> str:
        return f"{self.registry}-quay-data"

    @property
    def bucket(self) -> str:
        return f"{self.registry}-quay-datastore"

    @property
    def front(self) -> str:
        return f"{self.registry}-quay"

    @property
    def tls(self) -> str:
        return f"{self.registry}-quay-tls"

    @property
    def ca(self) -> str:
        return f"{self.registry}-quay-ca"

    @property
    def metrics(self) -> str:
        return f"{self.registry}-quay-metrics"

    @property
    def keys(self) -> str:
        return f"{self.registry}-quay-registry-managed-secret-keys"

    def config(self, content_hash: str) -> str:
        return f"{self.config_prefix}{content_hash}"

    @property
    def config_prefix(self) -> str:
        return f"{self.registry}-quay-config-secret-"

    @property
    def service_host(self) -> str:
        """How the registry is reached from within the cluster."""
        return f"{self.app}.{self.namespace}.svc"

    def public_host(self, domain: str) -> str:
        """The form of host name that OpenShift gives to the Route NAME-quay."""
        return f"{self.front}-{self.namespace}.{domain}"

    def labels(self, component: str) -> dict[str, str]:
        return {
            LABEL_REGISTRY: self.registry,
            LABEL_COMPONENT: component,
            LABEL_MANAGED_BY: FIELD_MANAGER,
        }
