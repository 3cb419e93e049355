import { useId } from 'react'
import './bars.css'

export interface Series {
  name: string
  /** One value for each label. */
  values: number[]
}

interface Props {
  title: string
  labels: string[]
  series: Series[]
  format?: (value: number) => string
}

const HEIGHT = 120
const STEP = 100

/** Stacked bars, with the same numbers as a table for those who do not see them. */
export function Bars({ title, labels, series, format = String }: Props) {
  const id = useId()
  const sums = labels.map((_, index) => series.reduce((sum, one) => sum + (one.values[index] ?? 0), 0))
  const highest = Math.max(1, ...sums)
  return (
    <figure className="bars">
      <figcaption>
        <strong>{title}</strong>
        <span className="bars-highest">highest: {format(Math.max(0, ...sums))}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${labels.length * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-labelledby={id}
      >
        <title id={id}>{`${title}; the table below has the numbers`}</title>
        {labels.map((label, index) => (
          <g key={label}>
            <title>{`${label}: ${format(sums[index] ?? 0)}`}</title>
            <rect className="bars-ground" x={index * STEP} y={0} width={STEP} height={HEIGHT} />
            {stacked(series, index).map(({ name, number, below, value }) => (
              <rect
                key={name}
                className={`bars-${number}`}
                x={index * STEP + STEP * 0.12}
                width={STEP * 0.76}
                y={HEIGHT - ((below + value) / highest) * HEIGHT}
                height={(value / highest) * HEIGHT}
              />
            ))}
          </g>
        ))}
      </svg>
      <div className="bars-ends" aria-hidden="true">
        <span>{labels[0]}</span>
        <span>{labels.at(-1)}</span>
      </div>
      <ul className="bars-legend">
        {series.map((one, number) => (
          <li key={one.name}>
            <span className={`bars-mark bars-mark-${number}`} aria-hidden="true" />
            {one.name}: {format(one.values.reduce((sum, value) => sum + value, 0))}
          </li>
        ))}
      </ul>
      <details>
        <summary>As a table</summary>
        <div className="bars-table">
          <table>
            <thead>
              <tr>
                <th scope="col">Day</th>
                {series.map((one) => (
                  <th scope="col" key={one.name}>
                    {one.name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {labels.map((label, index) => (
                <tr key={label}>
                  <th scope="row">{label}</th>
                  {series.map((one) => (
                    <td key={one.name}>{format(one.values[index] ?? 0)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  )
}

function stacked(series: Series[], index: number) {
  let below = 0
  return series.map((one, number) => {
    const value = one.values[index] ?? 0
    const found = { name: one.name, number: number % 5, below, value }
    below += value
    return found
  })
}

interface ShareProps {
  title: string
  rows: { name: string; value: number; to?: string }[]
  format: (value: number) => string
}

/** Names with their share of the largest, as a table whose cells are bars. */
export function Shares({ title, rows, format }: ShareProps) {
  const highest = Math.max(1, ...rows.map((row) => row.value))
  return (
    <table className="shares">
      <caption>{title}</caption>
      <thead className="off-screen">
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Share of the largest</th>
          <th scope="col">Size</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">{row.to ? <a href={row.to}>{row.name}</a> : row.name}</th>
            <td>
              <progress max={highest} value={row.value} aria-label={`Share of ${row.name}`} />
            </td>
            <td>{format(row.value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
