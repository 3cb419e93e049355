import { useSyncExternalStore } from 'react'
import { ApiError, messageOf } from '../api/errors'

export interface Toast {
  id: number
  kind: 'success' | 'danger' | 'info'
  title: string
  detail?: string
  requestId?: string
}

const SHOWN_MS = 6000
let shown: Toast[] = []
let next = 1
const listeners = new Set<() => void>()

/** Errors stay until they are dismissed; the rest goes by itself. */
export function toast(kind: Toast['kind'], title: string, detail?: string, requestId?: string): void {
  const one: Toast = { id: next++, kind, title, detail, requestId }
  change([...shown.slice(-4), one])
  if (kind !== 'danger') setTimeout(() => dismiss(one.id), SHOWN_MS)
}

export function toastError(title: string, error: unknown): void {
  const requestId = error instanceof ApiError ? (error.requestId ?? undefined) : undefined
  toast('danger', title, messageOf(error), requestId)
}

export function dismiss(id: number): void {
  change(shown.filter((one) => one.id !== id))
}

export function useToasts(): Toast[] {
  return useSyncExternalStore(listen, () => shown)
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function change(to: Toast[]): void {
  shown = to
  listeners.forEach((listener) => listener())
}
