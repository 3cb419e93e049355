"""What holds a registry's data, and outlives it: a volume, or a bucket that is claimed for it."""

from __future__ import annotations

from moorage.operator.names import Names
from moorage.operator.plan import Plan, Volume
from moorage.operator.workload import Object, metadata


def volume_claim(names: Names, plan: Plan, volume: Volume) -> Object:
    spec: Object = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": volume.size}},
    }
    if volume.storage_class is not None:
        spec["storageClassName"] = volume.storage_class
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(names, names.data, "objectstorage", plan),
        "spec": spec,
    }


def bucket_claim(names: Names, plan: Plan, storage_class: str) -> Object:
    spec = {"generateBucketName": names.bucket}
    if storage_class:
        spec["storageClassName"] = storage_class
    return {
        "apiVersion": "objectbucket.io/v1alpha1",
        "kind": "ObjectBucketClaim",
        "metadata": metadata(names, names.bucket, "objectstorage", plan),
        "spec": spec,
    }
