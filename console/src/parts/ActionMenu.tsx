import { Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core'
import EllipsisVIcon from '@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon'
import { type ReactNode, useState } from 'react'

export interface Action {
  text: string
  onClick: () => void
  isDanger?: boolean
  /** Why it cannot be done now. */
  disabled?: string
}

interface Props {
  label: string
  actions: Action[]
  toggle?: ReactNode
}

/** What can be done with one row, or with the selected ones. */
export function ActionMenu({ label, actions, toggle }: Props) {
  const [isOpen, setOpen] = useState(false)
  return (
    <Dropdown
      isOpen={isOpen}
      onSelect={() => setOpen(false)}
      onOpenChange={setOpen}
      onOpenChangeKeys={['Escape']}
      popperProps={{ position: 'right' }}
      shouldFocusToggleOnSelect
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant={toggle ? 'default' : 'plain'}
          aria-label={label}
          isExpanded={isOpen}
          icon={toggle ? undefined : <EllipsisVIcon />}
          onClick={() => setOpen(!isOpen)}
        >
          {toggle}
        </MenuToggle>
      )}
    >
      <DropdownList>
        {actions.map((action) => (
          <DropdownItem
            key={action.text}
            isDanger={action.isDanger}
            isDisabled={action.disabled !== undefined}
            description={action.disabled}
            onClick={action.onClick}
          >
            {action.text}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  )
}
