{{- define "moorage.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "moorage.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "moorage.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "moorage.selector" -}}
app.kubernetes.io/name: {{ include "moorage.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "moorage.labels" -}}
{{ include "moorage.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "moorage.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "moorage.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "moorage.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "moorage.configSecret" -}}
{{- .Values.existingConfigSecret | default (printf "%s-config" (include "moorage.fullname" .)) -}}
{{- end -}}

{{- define "moorage.claim" -}}
{{- .Values.persistence.existingClaim | default (printf "%s-data" (include "moorage.fullname" .)) -}}
{{- end -}}

{{/* "true" when moorage itself serves HTTPS. */}}
{{- define "moorage.servesTLS" -}}
{{- if or .Values.tls.existingSecret .Values.tls.inConfigSecret -}}true{{- end -}}
{{- end -}}

{{/* "true" when HTTPS ends in front of moorage. */}}
{{- define "moorage.terminatedOutside" -}}
{{- if not (include "moorage.servesTLS" .) -}}
{{- if or .Values.route.enabled .Values.gateway.enabled (and .Values.ingress.enabled .Values.ingress.tlsSecret) -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{- define "moorage.isScaled" -}}
{{- if or .Values.autoscaling.enabled (gt (int .Values.replicas) 1) -}}true{{- end -}}
{{- end -}}

{{/* What the schema cannot say, as it is about several values. */}}
{{- define "moorage.check" -}}
{{- $v := .Values -}}
{{- if and $v.config $v.existingConfigSecret -}}
{{- fail "config and existingConfigSecret exclude each other: put the keys into the Secret's config.yaml" -}}
{{- end -}}
{{- $ways := 0 -}}
{{- range list $v.ingress.enabled $v.gateway.enabled $v.route.enabled -}}
{{- if . -}}{{- $ways = add1 $ways -}}{{- end -}}
{{- end -}}
{{- if gt $ways 1 -}}
{{- fail "ingress, gateway and route: enable one of them" -}}
{{- end -}}
{{- if and $v.gateway.enabled (not $v.gateway.name) -}}
{{- fail "gateway.name: name the Gateway whose listener clients reach" -}}
{{- end -}}
{{- if and (or $v.ingress.enabled $v.gateway.enabled) (not $v.host) -}}
{{- fail "host: the Ingress or HTTPRoute needs the host name that clients use" -}}
{{- end -}}
{{- if and $v.tls.inConfigSecret (not $v.existingConfigSecret) -}}
{{- fail "tls.inConfigSecret needs existingConfigSecret with ssl.cert and ssl.key" -}}
{{- end -}}
{{- if and $v.tls.inConfigSecret $v.tls.existingSecret -}}
{{- fail "tls.inConfigSecret and tls.existingSecret exclude each other" -}}
{{- end -}}
{{- if and $v.gateway.enabled (include "moorage.servesTLS" .) -}}
{{- fail "gateway and tls exclude each other: the Gateway's listener has the certificate" -}}
{{- end -}}
{{- if and $v.autoscaling.enabled (gt (int $v.autoscaling.minReplicas) (int $v.autoscaling.maxReplicas)) -}}
{{- fail "autoscaling: minReplicas is larger than maxReplicas" -}}
{{- end -}}
{{- if $v.persistence.enabled -}}
{{- if include "moorage.isScaled" . -}}
{{- fail "replicas, autoscaling: several Pods cannot share a volume with SQLite: set persistence.enabled=false, existingSecrets.database and an object store" -}}
{{- end -}}
{{- else -}}
{{- if not (or $v.existingConfigSecret $v.existingSecrets.database $v.config.DB_URI) -}}
{{- fail "persistence.enabled=false: without a volume the database must be PostgreSQL: set existingSecrets.database" -}}
{{- end -}}
{{- if not (or $v.existingConfigSecret $v.existingSecrets.environment $v.config.DISTRIBUTED_STORAGE_CONFIG) -}}
{{- fail "persistence.enabled=false: without a volume blobs need an object store: set config.DISTRIBUTED_STORAGE_CONFIG or existingSecrets.environment" -}}
{{- end -}}
{{- end -}}
{{- end -}}
