import '@patternfly/react-styles/css/components/Table/table.css'
import '@patternfly/react-styles/css/components/Table/table-grid.css'
import ArrowsAltVIcon from '@patternfly/react-icons/dist/esm/icons/arrows-alt-v-icon'
import LongArrowAltDownIcon from '@patternfly/react-icons/dist/esm/icons/long-arrow-alt-down-icon'
import LongArrowAltUpIcon from '@patternfly/react-icons/dist/esm/icons/long-arrow-alt-up-icon'
import type { ReactNode } from 'react'
import type { Selection } from './useSelection'

export interface Column<Row> {
  title: string
  render: (row: Row) => ReactNode
  /** The server's name of the order by this column. */
  sort?: string
  className?: string
}

interface Props<Row> {
  label: string
  columns: Column<Row>[]
  rows: Row[]
  rowKey: (row: Row) => string
  /** A column's `sort`; `-` before it: descending. */
  sort?: string
  onSort?: (sort: string) => void
  selection?: Selection
  actions?: (row: Row) => ReactNode
  /** The next page is on its way, this one is still shown. */
  isStale?: boolean
}

/** Rows as the server sent them; a phone shows each as a card, with names before the values.
 *
 * PatternFly's stylesheet without its table component, which is a tenth of the first load. The
 * roles are said because a card is no table any more to a browser. */
export function DataTable<Row>(props: Props<Row>) {
  const { columns, rows, rowKey, selection, actions } = props
  const keys = rows.map(rowKey)
  return (
    <table
      className="pf-v6-c-table pf-m-grid-md pf-m-compact"
      role="table"
      aria-label={props.label}
      aria-busy={props.isStale ?? false}
    >
      <thead className="pf-v6-c-table__thead" role="rowgroup">
        <tr className="pf-v6-c-table__tr" role="row">
          {selection && (
            <th className="pf-v6-c-table__th pf-v6-c-table__check" role="columnheader" scope="col">
              <Check
                label="Select all rows of this page"
                isOn={keys.length > 0 && keys.every(selection.has)}
                onChange={(isOn) => selection.set(keys, isOn)}
              />
            </th>
          )}
          {columns.map((column) => (
            <Heading key={column.title} column={column} sort={props.sort} onSort={props.onSort} />
          ))}
          {actions && (
            <th className="pf-v6-c-table__th" role="columnheader" scope="col">
              <span className="off-screen">Actions</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody className="pf-v6-c-table__tbody" role="rowgroup">
        {rows.map((row) => {
          const key = rowKey(row)
          return (
            <tr className="pf-v6-c-table__tr" role="row" key={key}>
              {selection && (
                <td className="pf-v6-c-table__td pf-v6-c-table__check" role="cell">
                  <Check label={`Select ${key}`} isOn={selection.has(key)} onChange={(isOn) => selection.set([key], isOn)} />
                </td>
              )}
              {columns.map((column) => (
                <td
                  className={`pf-v6-c-table__td ${column.className ?? ''}`}
                  role="cell"
                  key={column.title}
                  data-label={column.title}
                >
                  {column.render(row)}
                </td>
              ))}
              {actions && (
                <td className="pf-v6-c-table__td pf-v6-c-table__action" role="cell">
                  {actions(row)}
                </td>
              )}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

interface HeadingProps<Row> {
  column: Column<Row>
  sort: string | undefined
  onSort: ((sort: string) => void) | undefined
}

function Heading<Row>({ column, sort, onSort }: HeadingProps<Row>) {
  const name = column.sort
  if (!name || !onSort) {
    return (
      <th className="pf-v6-c-table__th" role="columnheader" scope="col">
        {column.title}
      </th>
    )
  }
  const isUp = sort === name
  const isDown = sort === `-${name}`
  return (
    <th
      className={`pf-v6-c-table__th pf-v6-c-table__sort ${isUp || isDown ? 'pf-m-selected' : ''}`}
      role="columnheader"
      scope="col"
      aria-sort={isUp ? 'ascending' : isDown ? 'descending' : 'none'}
    >
      <button type="button" className="pf-v6-c-table__button" onClick={() => onSort(isUp ? `-${name}` : name)}>
        <span className="pf-v6-c-table__button-content">
          <span className="pf-v6-c-table__text">{column.title}</span>
          <span className="pf-v6-c-table__sort-indicator">
            {isUp ? <LongArrowAltUpIcon /> : isDown ? <LongArrowAltDownIcon /> : <ArrowsAltVIcon />}
          </span>
        </span>
      </button>
    </th>
  )
}

interface CheckProps {
  label: string
  isOn: boolean
  onChange: (isOn: boolean) => void
}

function Check({ label, isOn, onChange }: CheckProps) {
  return (
    <label>
      <input type="checkbox" aria-label={label} checked={isOn} onChange={(event) => onChange(event.target.checked)} />
    </label>
  )
}
