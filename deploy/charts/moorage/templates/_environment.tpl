{{/* The container's variables; each MOORAGE_<KEY> wins over the key in config.yaml. */}}
{{- define "moorage.environment" -}}
- name: HOME
  value: /tmp
{{- with .Values.host }}
- name: MOORAGE_SERVER_HOSTNAME
  value: {{ . | quote }}
{{- end }}
{{- if include "moorage.terminatedOutside" . }}
- name: MOORAGE_EXTERNAL_TLS_TERMINATION
  value: "true"
{{- end }}
{{- if include "moorage.servesTLS" . }}
- name: MOORAGE_PREFERRED_URL_SCHEME
  value: https
{{- end }}
{{- if .Values.metrics.enabled }}
- name: MOORAGE_METRICS_ADDRESS
  value: 0.0.0.0:{{ .Values.metrics.port }}
{{- end }}
{{- with .Values.existingSecrets.database }}
- name: MOORAGE_DB_URI
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: DB_URI
{{- end }}
{{- with .Values.existingSecrets.secretKeys }}
{{- range list "SECRET_KEY" "DATABASE_SECRET_KEY" }}
- name: MOORAGE_{{ . }}
  valueFrom:
    secretKeyRef:
      name: {{ $.Values.existingSecrets.secretKeys }}
      key: {{ . }}
{{- end }}
{{- end }}
{{- with .Values.existingSecrets.firstUser }}
- name: MOORAGE_ADMIN_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: password
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
