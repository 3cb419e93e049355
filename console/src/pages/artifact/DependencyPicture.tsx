import { counted } from '../../parts/format'
import type { Dependency } from './DependenciesTab'

const ROW = 34
const BOX = { width: 190, height: 26 }
const GAP = 90
const MOST = 30
const SHOWN = 24

/** The chart on the left, what it needs on the right; the table below says the same in words. */
export function DependencyPicture({ chart, dependencies }: { chart: string; dependencies: Dependency[] }) {
  const shown = dependencies.slice(0, MOST)
  const height = Math.max(shown.length * ROW, ROW)
  const middle = height / 2
  const right = BOX.width + GAP
  return (
    <svg
      className="dependency-picture"
      viewBox={`0 0 ${right + BOX.width} ${height}`}
      role="img"
      aria-label={`${chart} needs ${counted(dependencies.length, 'chart')}: ${shown.map((one) => one.name).join(', ')}`}
    >
      {shown.map((one, place) => {
        const y = place * ROW + ROW / 2
        const bend = BOX.width + GAP / 2
        return (
          <g
            key={`${one.name} ${one.alias} ${one.version}`}
            className={one.is_here ? 'is-here' : one.is_bundled ? 'is-bundled' : 'is-missing'}
          >
            <path d={`M${BOX.width} ${middle} C${bend} ${middle} ${bend} ${y} ${right} ${y}`} />
            <Box x={right} y={y} text={one.alias || one.name} />
          </g>
        )
      })}
      <g className="is-root">
        <Box x={0} y={middle} text={chart} />
      </g>
    </svg>
  )
}

function Box({ x, y, text }: { x: number; y: number; text: string }) {
  return (
    <>
      <rect x={x + 1} y={y - BOX.height / 2} width={BOX.width - 2} height={BOX.height} rx="4" />
      <text x={x + BOX.width / 2} y={y}>
        {text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text}
      </text>
    </>
  )
}
