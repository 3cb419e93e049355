import { Dialog } from '../parts/Dialog'

const KEYS = [
  ['/', 'go to the search box'],
  ['?', 'this list'],
  ['Tab, Shift+Tab', 'next and previous control'],
  ['Enter, Space', 'open, press, choose'],
  ['Arrow keys', 'move in menus and tabs'],
  ['Escape', 'close a dialog or menu'],
]

export default function KeyList({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl className="key-list">
        {KEYS.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
