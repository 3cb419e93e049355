import { messageOf } from '../api/errors'
import { toast } from './toasts'

const AT_ONCE = 4

/** Does something to each, a few at a time, and tells of each that failed. */
export async function each<T>(
  items: T[],
  act: (item: T) => Promise<unknown>,
  nameOf: (item: T) => string,
  done: (count: number) => string,
): Promise<void> {
  const waiting = [...items]
  const failed: string[] = []
  let count = 0
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      try {
        await act(item)
        count += 1
      } catch (error) {
        failed.push(`${nameOf(item)}: ${messageOf(error)}`)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  if (count > 0) toast('success', done(count))
  if (failed.length > 0) toast('danger', `${failed.length} of ${items.length} failed`, failed.join('; '))
}
